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
//! | with TLS, the handshake succeeds and the certificate is valid | healthy, `mail.internal:465 accepts TLS connections` |
//! | with TLS, clients would not accept the certificate | unhealthy, `mail.internal:465: the certificate is not valid: …` with every reason |
//! | with TLS, there is no handshake | unhealthy, `mail.internal:465 does not complete a TLS handshake: …` |
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
//! # TLS
//!
//! With the feature `certificate`, `check_tcp("mail.internal:465").tls()` also shakes hands, which a
//! server that hangs does not, and judges the certificate as `check_certificate` does: `name` and
//! `root_certificates` are the same, and so are the details `days_left` and `expires_at`. It is
//! unhealthy only once clients would reject the certificate, so it can be in a probe. A server that
//! demands a client certificate is healthy.
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

#[cfg(feature = "certificate")]
mod tls;

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
    TcpCheck {
        server: HostAndPort::parse(address.as_ref()),
        timeout: super::CONNECTION_TIMEOUT,
        #[cfg(feature = "certificate")]
        tls: None,
    }
}

/// A check of a server's port, from [`check_tcp`]: `.await` it, or call
/// [`check_blocking`](Self::check_blocking).
#[derive(Debug, Clone)]
#[must_use = "nothing is checked until this is awaited or `check_blocking` is called"]
pub struct TcpCheck {
    server: Server,
    timeout: Duration,
    #[cfg(feature = "certificate")]
    tls: Option<tls::RawTls>,
}

/// What is checked, once all settings are known to be valid.
struct Valid<'a> {
    server: &'a HostAndPort,
    #[cfg(feature = "certificate")]
    tls: Option<tls::ValidTls>,
}

impl TcpCheck {
    /// Sets the time limit for everything together, instead of 1.5 s: to resolve the name and to
    /// connect, and for TLS. More than zero and at most 30 days. It should be shorter than the health
    /// check's own, by default 2 s, whose "timed out" does not name a cause.
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
        self.connect(cancellation).unwrap_or_else(|unhealthy| unhealthy)
    }

    fn connect(&self, cancellation: &Cancellation) -> Result<Health, Health> {
        let valid = self.validate().map_err(|invalid| invalid.health())?;
        let (server, deadline) = (valid.server, Instant::now() + self.timeout);
        let stream = open(server, deadline, cancellation)
            .map_err(|error| no_connection(server, &error, self.timeout))?;
        #[cfg(feature = "certificate")]
        if let Some(tls) = valid.tls {
            return tls.check(server, stream, (deadline, self.timeout), cancellation);
        }
        drop(stream);
        Ok(Health::healthy(format!("{server} accepts connections")))
    }

    fn validate(&self) -> Result<Valid<'_>, InvalidCheck> {
        let mut mistakes = Vec::new();
        let server = self.server.as_ref();
        let server = server
            .map_err(|expected| mistakes.push(format!("the address must be {expected}")))
            .ok();
        #[cfg(feature = "certificate")]
        let tls = match (&self.tls, server) {
            (Some(tls), Some(server)) => tls.validate(server, &mut mistakes),
            _ => None,
        };
        validate_timeout(self.timeout, &mut mistakes);
        match server {
            Some(server) if mistakes.is_empty() => Ok(Valid {
                server,
                #[cfg(feature = "certificate")]
                tls,
            }),
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
