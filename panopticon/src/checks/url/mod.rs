//! Whether a URL answers as it should.
//!
//! ```standalone_crate
//! use panopticon::checks::url::check_url;
//! use panopticon::{Health, healthcheck};
//!
//! #[healthcheck(timeout = "6s")]
//! async fn payments() -> Health {
//!     check_url("https://payments.example.com/status").await
//! }
//!
//! #[healthcheck]
//! fn search() -> Health {
//!     check_url("http://search:9200/_cluster/health")
//!         .timeout(std::time::Duration::from_millis(1500))
//!         .body_contains("\"status\":\"green\"")
//!         .check_blocking()
//! }
//! ```
//!
//! A health check's own timeout is 2 s unless it says otherwise, and a URL check's is 5 s: without
//! the `timeout = "6s"` above, a server that hangs would be reported by the health check ("timed
//! out after 2s") before the URL check could say what it was waiting for.
//!
//! | what happens | the answer |
//! | --- | --- |
//! | the server responds with the expected status | healthy, `URL is available` |
//! | with another | unhealthy, `server responded with unexpected status code: 503 (expected 200)` |
//! | there is no answer, or none in time | unhealthy, `Error connecting to URL: …` |
//! | the URL is empty, as an environment variable may be | unhealthy, `No URL specified to check.` |
//! | something else that was given cannot be used | unhealthy, `URL not checked: …` with every mistake |
//!
//! With a response there is the detail `status_code`.
//!
//! # Connections
//!
//! Every run resolves the name, connects and, for `https`, shakes hands anew: a connection that is
//! still open, or a TLS session that is resumed, would prove nothing of the three. Certificates are
//! verified, against Mozilla's list as it was when this library was built unless
//! [`root_certificates`](UrlCheck::root_certificates) says otherwise; there is no way not to.
//!
//! The request is made by [ureq], with HTTP/1.1, by way of the HTTP or SOCKS proxy of the environment:
//! the first of `ALL_PROXY`, `HTTPS_PROXY` and `HTTP_PROXY` (or in lower case) that is a URL, with
//! `http` as with `https`. Exempt are the hosts in `NO_PROXY` (names, `*.example.com`, `*`), and
//! always `localhost` and loopback addresses.
//!
//! # Redirects
//!
//! At most 10 are followed, unless one of the statuses 300 to 399 is expected: then the first
//! response counts. Credentials and [headers](UrlCheck::header) go along to the same scheme, host
//! and port, and from `http` to `https` of a host at their usual ports; to none else. Cookies are
//! not kept.
//!
//! # Secrets
//!
//! The `user:password@` of a URL is sent as Basic authorization. Neither it, nor the path and the
//! query of a URL, nor a header's value stands in any message or `Debug` output, be it the URL
//! that was given or one that a server redirects to.
//!
//! They are not in what ureq logs through the `log` crate either, at any level: ureq is given a request
//! for `/redacted`, which is replaced as it leaves for the network or for its encryption. Of a proxy's
//! credentials ureq logs the first letter of the user, at `debug`.
//!
//! The *response* is logged. At `trace` the log has every byte of its head, and of what
//! [`body_contains`](UrlCheck::body_contains) reads of its body: a `Set-Cookie`, or a `Location` that
//! repeats the query of the request. If a server sends secrets, keep the targets `ureq` and
//! `ureq_proto` above `trace`.
//!
//! [ureq]: https://docs.rs/ureq

mod body;
mod expected;
mod failure;
mod request;
mod send;
mod target;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

use tokio::runtime::Handle;
use ureq::Agent;

pub use self::expected::ExpectedStatus;
use self::request::{ValidRequest, header_name};
use self::send::send;
use self::target::Target;
use crate::health::Health;
use crate::http_client::HttpClient;

const NO_URL: &str = "No URL specified to check.";

/// Checks a URL: unless the builder says otherwise, that a `GET` of it, and of what it redirects to,
/// is answered with the status 200 within 5 s.
///
/// The scheme is `http` or `https`. White space around the URL is ignored; spaces and characters
/// beyond ASCII in its path and query are percent-encoded.
///
/// ```
/// use panopticon::checks::url::check_url;
/// use panopticon::Status;
///
/// # use std::io::{Read, Write};
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let address = listener.local_addr()?;
/// # let server = std::thread::spawn(move || -> std::io::Result<()> {
/// #     let (mut connection, _) = listener.accept()?;
/// #     let _ = connection.read(&mut [0; 1024])?;
/// #     connection.write_all(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")
/// # });
/// let health = check_url(format!("http://{address}/status")).check_blocking();
/// assert_eq!(health.status(), Status::Unhealthy);
/// assert_eq!(
///     health.message(),
///     Some("server responded with unexpected status code: 503 (expected 200)")
/// );
/// assert_eq!(health.detail("status_code"), Some(&503.into()));
/// # server.join().unwrap()?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn check_url(url: impl Into<String>) -> UrlCheck {
    UrlCheck {
        url: url.into(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        expected: 200.into(),
        timeout: Duration::from_secs(5),
        text: None,
        root_certificates: None,
    }
}

/// A check of a URL, from [`check_url`]: `.await` it, or call
/// [`check_blocking`](Self::check_blocking).
///
/// What cannot be used, such as a URL without a host, a header with a line break or the status 42,
/// is an unhealthy answer that names all of it; nothing is then sent.
///
/// # Awaiting
///
/// The request runs on one of the threads that tokio keeps for what blocks, so a tokio runtime must
/// be there: outside of one the answer is unhealthy, and says so.
///
/// Dropping the future, as a health check does whose timeout ends, closes the connection and so
/// ends the request. A name that is being resolved, or a connection that is being opened, is left
/// to the check's own [timeout](Self::timeout), and keeps its thread as long.
#[derive(Clone)]
#[must_use = "nothing is checked until this is awaited or `check_blocking` is called"]
pub struct UrlCheck {
    url: String,
    method: String,
    headers: Vec<(String, String)>,
    expected: ExpectedStatus,
    timeout: Duration,
    text: Option<String>,
    root_certificates: Option<Vec<u8>>,
}

impl UrlCheck {
    /// The statuses that are healthy, in place of 200: a `u16`, a range, an array, a slice or a
    /// `Vec` of them. With one of 300 to 399 among them, redirects are not followed.
    ///
    /// ```
    /// # use panopticon::checks::url::check_url;
    /// let check = check_url("https://example.org/admin").expected_status([401, 403]);
    /// # let _ = check;
    /// ```
    pub fn expected_status(mut self, expected: impl Into<ExpectedStatus>) -> Self {
        self.expected = expected.into();
        self
    }

    /// How long all of it may take, in place of 5 s: to resolve the name, to connect, to shake
    /// hands, to follow redirects and to read the body. More than zero and at most 30 days. The timeout of the
    /// health check that this is a part of, by default 2 s, may end it earlier.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The method, in place of `GET`: `HEAD`, `OPTIONS`, `POST`, `PUT`, `PATCH`, `DELETE` or
    /// `TRACE`, in upper or lower case. The request has no body.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = method.into();
        self
    }

    /// Adds a header: a name of RFC 9110, and a value of one line of ASCII. `Host`, `User-Agent`
    /// (`panopticon/` and its version), `Accept` (`*/*`) and the `Authorization` of the URL's
    /// credentials are replaced by one that is given.
    ///
    /// ```
    /// # use panopticon::checks::url::check_url;
    /// # let token = "…";
    /// let check = check_url("https://example.org/status")
    ///     .header("Authorization", format!("Bearer {token}"));
    /// # let _ = check;
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Expects this text in the first 1 MiB (1,048,576 bytes) of the response's body, as UTF-8 and
    /// letter by letter; no more is read. Without this, nothing of the body is read at all.
    pub fn body_contains(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Trusts the certificates in this PEM text, in place of Mozilla's list: those of the authority
    /// that signs the certificates inside of a company or a cluster, or the server's own if it
    /// signed it itself.
    ///
    /// ```no_run
    /// # use panopticon::checks::url::check_url;
    /// # fn check() -> std::io::Result<panopticon::checks::url::UrlCheck> {
    /// let check = check_url("https://ledger.internal/status")
    ///     .root_certificates(std::fs::read("/etc/ssl/certs/internal.pem")?);
    /// # Ok(check)
    /// # }
    /// ```
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = Some(pem.into());
        self
    }

    /// Runs the check on this thread, for a `fn` under `#[healthcheck]` and for programs without a
    /// runtime. In an `async fn`, `.await` the check: this would block others.
    pub fn check_blocking(self) -> Health {
        ValidRequest::read(&self).map_or_else(
            |refused| refused,
            |request| {
                let mut client = request.client();
                send_contained(&request, &mut client)
            },
        )
    }
}

impl IntoFuture for UrlCheck {
    type Output = Health;
    type IntoFuture = Pin<Box<dyn Future<Output = Health> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = match ValidRequest::read(&self) {
                Ok(request) => request,
                Err(refused) => return refused,
            };
            let Ok(runtime) = Handle::try_current() else {
                return Health::unhealthy(
                    "URL not checked: this is no tokio runtime, which awaiting a URL check needs; \
                     call its `check_blocking`",
                );
            };
            let mut client = request.client();
            let _ends_the_request = ShutDownOnDrop(client.agent.clone());
            // Tokio panics where it can have no thread at all.
            let run = catch_unwind(AssertUnwindSafe(|| {
                runtime.spawn_blocking(move || send_contained(&request, &mut client))
            }));
            let Ok(run) = run else {
                return Health::unhealthy("URL not checked: no thread can be had");
            };
            run.await.unwrap_or_else(|_| {
                Health::unhealthy("URL not checked: the tokio runtime has shut down")
            })
        })
    }
}

/// Shows the URL's scheme, host and port, the names of the headers, and no secret.
impl fmt::Debug for UrlCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One more `@` than credentials have is of some that were not encoded: what is taken for the
        // host may then be a part of them.
        let url = Target::parse(self.url.trim())
            .ok()
            .filter(|target| {
                self.url.matches('@').count() == usize::from(target.authorization.is_some())
            })
            .map_or_else(|| "…".to_owned(), |target| target.origin());
        let names: Vec<_> = self.headers.iter().map(|(name, _)| header_name(name)).collect();
        f.debug_struct("UrlCheck")
            .field("url", &url)
            .field("method", &self.method)
            .field("headers", &names)
            .field("expected_status", &self.expected)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

struct ShutDownOnDrop(Agent);

impl Drop for ShutDownOnDrop {
    fn drop(&mut self) {
        self.0.clone().shutdown();
    }
}

/// Sends the request. ureq takes much for granted that it asserts as it reads a response, and that
/// the process's default provider of `rustls`, if there is one, has cipher suites.
fn send_contained(request: &ValidRequest, client: &mut HttpClient) -> Health {
    catch_unwind(AssertUnwindSafe(|| send(request, client)))
        .unwrap_or_else(|_| Health::unhealthy("Error connecting to URL: the HTTP client panicked"))
}
