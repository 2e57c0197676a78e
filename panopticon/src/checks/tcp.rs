//! Checks that a server accepts TCP connections.
//!
//! ```standalone_crate
//! use panopticon::checks::tcp::check_tcp;
//! use panopticon::{Health, healthcheck};
//!
//! #[healthcheck]
//! async fn mail_relay() -> Health {
//!     check_tcp("mail.internal:25").await
//! }
//! ```
//!
//! | what happens | the result |
//! | --- | --- |
//! | the server accepts a connection | healthy, `mail.internal:25 accepts connections` |
//! | it refuses one, or cannot be reached | unhealthy, `mail.internal:25 does not accept connections: …` |
//! | it does not answer in time | unhealthy, `mail.internal:25 does not accept connections within 1.5s: no answer from 10.0.0.7:25` |
//! | its name cannot be resolved | unhealthy, `mail.internal cannot be resolved: …` |
//! | the address or another setting is invalid | unhealthy, `TCP not checked: …` with every mistake |
//!
//! The text of the error, and with it the IP addresses, is not shown to [anonymous
//! readers](crate::Disclosure) of an HTTP answer.
//!
//! A connection that is accepted proves little: the operating system accepts it even if the server
//! hangs. If the server speaks HTTP, `check_url` says more, and so does a query with the driver of a
//! database, for which there is [`ping`](super::ping). The connection is closed at once, and nothing
//! is sent.
//!
//! # Several addresses
//!
//! If the name has several addresses, they are tried as [RFC 8305] says and as browsers do: IPv6 and
//! IPv4 alternate, beginning with what the system prefers; the next one is tried as soon as one has
//! failed, or has not answered for 250 ms; the first connection counts and ends the other attempts.
//! If all have failed, the message has the error of each one. At most 16 are tried. They need no
//! threads of their own.
//!
//! The name is resolved on the [threads](crate::checks::dns#threads) that all lookups share.
//!
//! [RFC 8305]: https://www.rfc-editor.org/rfc/rfc8305

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::{Duration, Instant};

use super::connection::{Server, no_connection};
use super::invalid_check::InvalidCheck;
use super::mistakes::validate_timeout;
use super::own_thread::run_on_own_thread;
use crate::health::Health;
use crate::net::{Cancellation, HostAndPort, open};

/// Checks that a server accepts a TCP connection within 1.5 s. The address is a host and a port, such
/// as `db.internal:5432`, `192.0.2.1:5432` or `[2001:db8::1]:5432`.
///
/// ```
/// use panopticon::checks::tcp::check_tcp;
/// use panopticon::Status;
///
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let address = listener.local_addr()?;
/// let health = check_tcp(address.to_string()).check_blocking();
/// assert_eq!(health.status(), Status::Healthy);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn check_tcp(address: impl AsRef<str>) -> TcpCheck {
    TcpCheck { server: HostAndPort::parse(address.as_ref()), timeout: super::CONNECTION_TIMEOUT }
}

/// A check of a server's port, from [`check_tcp`]: `.await` it, or call
/// [`check_blocking`](Self::check_blocking).
#[derive(Debug, Clone)]
#[must_use = "nothing is checked until this is awaited or `check_blocking` is called"]
pub struct TcpCheck {
    server: Server,
    timeout: Duration,
}

impl TcpCheck {
    /// Sets the time limit for everything together, instead of 1.5 s: to resolve the name and to
    /// connect. More than zero and at most 30 days. It should be shorter than the health check's own,
    /// by default 2 s, whose "timed out" does not name a cause.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Returns the check itself if its settings are valid. Use this where the service starts, so that
    /// a mistake, such as in an address from an environment variable, ends it with an error instead
    /// of reporting an unhealthy component. Nothing is connected.
    ///
    /// ```
    /// use panopticon::checks::tcp::check_tcp;
    ///
    /// let relay = check_tcp("mail.internal:25").validated()?;
    /// assert!(check_tcp("mail.internal").validated().is_err(), "it has no port");
    /// # let _ = relay;
    /// # Ok::<(), panopticon::checks::InvalidCheck>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns every mistake.
    pub fn validated(self) -> Result<Self, InvalidCheck> {
        self.validate()?;
        Ok(self)
    }

    /// Runs the check on this thread, for a `fn` with `#[healthcheck]` and for programs without a
    /// runtime. In an `async fn`, `.await` the check instead, since this blocks other tasks.
    pub fn check_blocking(&self) -> Health {
        self.run(&Cancellation::default())
    }

    fn run(&self, cancellation: &Cancellation) -> Health {
        let server = match self.validate() {
            Ok(server) => server,
            Err(invalid) => return invalid.health(),
        };
        match open(server, Instant::now() + self.timeout, cancellation) {
            Ok(_) => Health::healthy(format!("{server} accepts connections")),
            Err(error) => no_connection(server, &error, self.timeout),
        }
    }

    fn validate(&self) -> Result<&HostAndPort, InvalidCheck> {
        let mut mistakes = Vec::new();
        if let Err(expected) = self.server {
            mistakes.push(format!("the address must be {expected}"));
        }
        validate_timeout(self.timeout, &mut mistakes);
        match &self.server {
            Ok(server) if mistakes.is_empty() => Ok(server),
            _ => Err(InvalidCheck::new("TCP", mistakes)),
        }
    }
}

impl IntoFuture for TcpCheck {
    type Output = Health;
    type IntoFuture = Pin<Box<dyn Future<Output = Health> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let cancellation = Cancellation::default();
        let end = cancellation.cancel_on_drop();
        Box::pin(run_on_own_thread("TCP", end, move || self.run(&cancellation)))
    }
}
