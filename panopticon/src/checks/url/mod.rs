//! Checks that a URL answers as it should.
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
//! A URL check times out after 5 s, but a health check after 2 s unless it says otherwise: without
//! the `timeout = "6s"` above, the health check would report a server that hangs ("timed out after
//! 2s") before the URL check could say what it was waiting for.
//!
//! | what happens | the result |
//! | --- | --- |
//! | the server responds with the expected status | healthy, `URL is available` |
//! | it responds with another status | unhealthy, `server responded with unexpected status code: 503 (expected 200)` |
//! | its JSON is not as [expected](UrlCheck::json_path) | unhealthy, ``the response's JSON is not as expected: `$.status` is "red" (expected "green")`` |
//! | it is another service whose [report](UrlCheck::panopticon_report) is not healthy | the report's status, `the service is unhealthy: database (connection refused)` |
//! | it does not respond, or not in time | unhealthy, `Error connecting to URL: …` |
//! | the URL is empty, as an environment variable may be | unhealthy, `No URL specified to check.` |
//! | the URL or another setting is invalid | unhealthy, `URL not checked: …` with every mistake |
//!
//! If there is a response, its status is the detail `status_code`. With `https`, the details `days_left`
//! and `expires_at` say when the [certificate](#certificates) expires. What follows `Error connecting to
//! URL` is the text of an error, so [anonymous readers](crate::Disclosure) of an HTTP answer do not
//! see it. Neither do they see the values in the response's JSON, and the messages in another
//! service's report.
//!
//! Invalid settings are found by `build()` if the check is added with
//! [`Builder::check_url`](crate::Builder::check_url), and where a check is made with
//! [`validated`](UrlCheck::validated).
//!
//! # Connections
//!
//! Every run resolves the name (unless a lookup of it is already in progress), opens a connection
//! and, for `https`, performs a new TLS handshake: a connection that is still open, or a TLS
//! session that is resumed, would prove nothing about any of the three.
//!
//! What a check does not need of a response is still read, up to 64 KiB, if it arrives within 100 ms (for
//! all redirects together): a server that cannot finish its response logs a broken connection.
//!
//! The name is resolved on the 8 threads that the lookups of all checks of a process share: the
//! system's lookup cannot be interrupted and takes as long as the system allows, often longer than
//! the timeouts of the health check and of the URL check, but threads do not pile up while DNS hangs.
//! Lookups of the same name share one that is in progress, even if it was started by a request that has
//! timed out, and each request waits for it until its own timeout. At most 256 names are looked up or
//! wait for a thread; a request that needs another one fails.
//!
//! If the name has several addresses, they are tried as browsers do: the next one after 250 ms or as
//! soon as one has failed, alternating between IPv6 and IPv4 ([RFC 8305]). If all fail, the message has
//! the error of each one. A SOCKS proxy's own addresses are tried one after the other.
//!
//! The request is made by [ureq], with HTTP/1.1.
//!
//! # Certificates
//!
//! Certificates are always verified: against Mozilla's list, as it was when this library was built,
//! or against [`root_certificates`](UrlCheck::root_certificates).
//!
//! If the handshake succeeds, the result has the details `days_left` and `expires_at`, whatever the
//! response is. They are about the server of the last request, after redirects, and about whichever
//! certificate of its chain expires first. They do not change the status: the feature `certificate`
//! has a check that is degraded before a certificate expires, and that can run once an hour and
//! outside of all probes.
//!
//! # Proxies
//!
//! Requests go through the HTTP or SOCKS proxy in the environment: for `http`, the first of
//! `http_proxy`, `HTTP_PROXY`, `all_proxy` and `ALL_PROXY` that is the URL of one, and for `https` the
//! same with `https_proxy` and `HTTPS_PROXY`. An HTTP proxy forwards a request for `http`, and opens a
//! tunnel (`CONNECT`) for `https`, as it does for curl and Go. If the server is down, the response to
//! a forwarded request is the proxy's, such as 502 or 503. So that the server is asked and not a
//! cache of the proxy, forwarded requests have `Cache-Control: no-cache` unless another is given.
//!
//! `localhost` and loopback addresses are always exempt, and so are the hosts in `no_proxy` or else
//! `NO_PROXY`, separated by commas or white space:
//!
//! | entry | exempts |
//! | --- | --- |
//! | `example.com`, `.example.com` | the name and all names that end with `.example.com` |
//! | `*.example.com` | only the names that end with `.example.com` |
//! | `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]` | the address |
//! | `192.0.2.0/24`, `2001:db8::/32` | the network |
//! | `example.com:8080`, `192.0.2.1:8080`, `[2001:db8::1]:8080` | the same with this port only |
//! | `*` | everything |
//!
//! Addresses are compared with those in URLs, and names are not resolved. Where curl and Go's
//! `net/http` differ, this is as follows:
//!
//! - `.example.com` includes `example.com` as in curl and most other programs; in Go it does not.
//! - Lower case comes first, and there is `ALL_PROXY`, as in curl. Dots at the end of names do not
//!   count, as in curl.
//! - Ports, `*.example.com`, a `*` among other entries and the prefix 0 are understood as in Go; in
//!   curl they match nothing, or something else.
//! - `HTTP_PROXY` in upper case is read as in Go, since services are configured with it, but not if
//!   `REQUEST_METHOD` is set: the sender of a request can set it for a [CGI program]. curl never
//!   reads it.
//!
//! A variable or an entry that is skipped because it cannot be used is a
//! [warning](crate::Panopticon::setting_warnings).
//!
//! [CGI program]: https://httpoxy.org
//!
//! # Redirects
//!
//! At most 10 redirects are followed; none if one of the statuses 300 to 399 is expected, since
//! then the first response counts. Credentials and [headers](UrlCheck::header) are sent again to
//! the same scheme, host and port, and from `http` to `https` of the same host at their default
//! ports, but nowhere else. Cookies are not kept.
//!
//! The method changes as in browsers: after 303 it becomes `GET`, and so does `POST` after 301 and
//! 302, and the body is left out. After 307 and 308, and after 301 and 302 for other methods, the
//! request is repeated with its body. Unlike in browsers, the body is not sent to another host or
//! port, since it may have a password: such a redirect is unhealthy.
//!
//! # Secrets
//!
//! The `user:password@` of a URL is sent as Basic authorization. Neither it, nor the path and query
//! of a URL, nor the value of a header, the request's body or the key of a client certificate
//! appears in any message or `Debug` output. This holds for the URL that you give and for those that
//! a server redirects to.
//!
//! They are not in what ureq logs through the `log` crate either, at any level: ureq is given a
//! request for `/redacted`, which is replaced before it is encrypted or sent. Of a proxy's
//! credentials, ureq logs only the first letter of the user, at `debug`.
//!
//! The *response* is logged. At `trace`, the log has every byte of its head, and of what
//! [`body_contains`](UrlCheck::body_contains) reads of its body: a `Set-Cookie`, or a `Location`
//! that repeats the query of the request. If a server sends secrets, keep the targets `ureq` and
//! `ureq_proto` above `trace`.
//!
//! [RFC 8305]: https://www.rfc-editor.org/rfc/rfc8305
//! [ureq]: https://docs.rs/ureq

mod body_search;
mod declared;
mod error_text;
mod expected_status;
mod json_expectation;
mod redirects;
mod remote_report;
mod request;
mod request_body;
mod response;
mod response_body;
mod target;
mod url_check;

use std::time::Duration;

pub use self::expected_status::ExpectedStatus;
pub use self::json_expectation::JsonExpectation;
use self::request::RawRequest;
pub use self::url_check::UrlCheck;

/// Checks that a `GET` request for a URL, and for what it redirects to, is answered with the status
/// 200 within 5 s. The methods of [`UrlCheck`] change what is sent and expected.
///
/// The scheme is `http` or `https`. White space around the URL is ignored; spaces and non-ASCII
/// characters in its path and query are percent-encoded.
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
    UrlCheck(RawRequest {
        url: url.into(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        body: None,
        expected: 200.into(),
        timeout: Duration::from_secs(5),
        text: None,
        json_paths: Vec::new(),
        is_report: false,
        root_certificates: None,
        client_certificate: None,
    })
}
