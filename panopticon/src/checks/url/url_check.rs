//! The check of a URL, and its settings.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use serde::Serialize;

use super::expected_status::ExpectedStatus;
use super::json_expectation::JsonExpectation;
use super::redirects::send;
use super::request::{RawRequest, ValidRequest, valid_beginning};
use super::request_body::RequestBody;
use super::response::judge;
use super::target::Target;
use crate::checks::InvalidCheck;
use crate::checks::certificate_expiry::{since_1970, with_expiry};
use crate::checks::own_thread::run_on_own_thread;
use crate::health::Health;
use crate::http_client::{ClientCertificate, HttpClient};
use crate::panics::contain_panics;
use crate::shown_url::shown_url;

/// A check of a URL, from [`check_url`](super::check_url): `.await` it, or call
/// [`check_blocking`](Self::check_blocking).
///
/// If a setting is invalid, such as a URL without a host, a header with a line break or the status
/// 42, nothing is sent, and the result is unhealthy with every mistake.
///
/// # Awaiting
///
/// The request runs on a thread of its own, so it can be awaited on any executor and does not hold
/// up anything else.
///
/// Dropping the future, as a health check does when it times out, closes the connection and so ends
/// the request. A wait for a name lookup, or for a connection to open, ends within 250 ms. The lookup
/// itself continues on its thread until the system ends it.
#[derive(Clone)]
#[must_use = "nothing is checked until this is awaited or `check_blocking` is called"]
pub struct UrlCheck(pub(super) RawRequest);

impl UrlCheck {
    /// Sets the statuses that are healthy, instead of 200: a `u16`, a range, an array, a slice or a
    /// `Vec`. If one of 300 to 399 is among them, redirects are not followed.
    ///
    /// ```
    /// # use panopticon::checks::url::check_url;
    /// let check = check_url("https://example.org/admin").expected_status([401, 403]);
    /// # let _ = check;
    /// ```
    pub fn expected_status(mut self, expected: impl Into<ExpectedStatus>) -> Self {
        self.0.expected = expected.into();
        self
    }

    /// Sets the time limit for everything together, instead of 5 s: to resolve the name, connect,
    /// shake hands, follow redirects and read the body. More than zero and at most 30 days. The
    /// health check that calls this may time out earlier, by default after 2 s. Its result is then
    /// "timed out", without what the request was waiting for. This ends a request that is awaited,
    /// as described [above](Self#awaiting), but not a call of
    /// [`check_blocking`](Self::check_blocking), which keeps its thread until this limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = timeout;
        self
    }

    /// Sets the method, instead of `GET`: `HEAD`, `OPTIONS`, `POST`, `PUT`, `PATCH`, `DELETE` or
    /// `TRACE`, in upper or lower case.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.0.method = method.into();
        self
    }

    /// Adds a header: a name according to RFC 9110, and a value of one line of ASCII. `Host`,
    /// `User-Agent` (`panopticon/` and its version), `Accept` (`*/*`) and the `Authorization` with
    /// the URL's credentials are replaced.
    ///
    /// ```
    /// # use panopticon::checks::url::check_url;
    /// # let token = "…";
    /// let check = check_url("https://example.org/status")
    ///     .header("Authorization", format!("Bearer {token}"));
    /// # let _ = check;
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.headers.push((name.into(), value.into()));
        self
    }

    /// Sends this body, with a `POST`, `PUT` or `PATCH`: set the [`method`](Self::method), and the
    /// header `Content-Type` if the server needs it. Replaces an earlier body.
    ///
    /// ```
    /// # use panopticon::checks::url::check_url;
    /// let check = check_url("https://example.org/graphql")
    ///     .method("POST")
    ///     .header("Content-Type", "application/graphql")
    ///     .body("{ __typename }");
    /// # let _ = check;
    /// ```
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.0.body = Some(RequestBody::Bytes(body.into()));
        self
    }

    /// Sends this value as JSON, as [`body`](Self::body) does. The header `Content-Type` is
    /// `application/json` unless it is given.
    ///
    /// ```
    /// # use panopticon::checks::url::check_url;
    /// use serde_json::json;
    ///
    /// let check = check_url("http://search:9200/orders/_count")
    ///     .method("POST")
    ///     .json(&json!({"query": {"match_all": {}}}));
    /// # let _ = check;
    /// ```
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        self.0.body = Some(RequestBody::json(value));
        self
    }

    /// Expects this text, in UTF-8 and with the same case, in the first 1 MiB (1,048,576 bytes) of
    /// the response's body, which is all that is read. The body is decoded if it is compressed with
    /// gzip, which the request allows. If nothing is expected of the body, only a [small
    /// rest](super#connections) of it is read.
    pub fn body_contains(mut self, text: impl Into<String>) -> Self {
        self.0.text = Some(text.into());
        self
    }

    /// Expects JSON in the response's body with this at a path of RFC 9535, such as `$.status` or
    /// `$.nodes[*].state`: a value to [equal](JsonExpectation::equals), or that there
    /// [is one](JsonExpectation::exists). Each value that the path selects must be as expected, and
    /// there must be at least one. Can be called several times; the message has all paths that are
    /// not as expected. At most 1 MiB is read, as with [`body_contains`](Self::body_contains).
    ///
    /// Paths are parsed by [`serde_json_path`](https://docs.rs/serde_json_path), with the functions
    /// `length`, `count` and `value`; `match` and `search` need its feature `regex`.
    ///
    /// ```
    /// use panopticon::checks::url::{JsonExpectation, check_url};
    ///
    /// let check = check_url("https://search.example.com/_cluster/health")
    ///     .json_path("$.status", JsonExpectation::one_of(["green", "yellow"]))
    ///     .json_path("$.timed_out", false);
    /// # let _ = check;
    /// ```
    pub fn json_path(
        mut self,
        path: impl Into<String>,
        expected: impl Into<JsonExpectation>,
    ) -> Self {
        self.0.json_paths.push((path.into(), expected.into()));
        self
    }

    /// Reads the response as the report of another service with panopticon, or python-panopticon,
    /// whatever its HTTP status: the result has that report's status, and its message names the
    /// components that fail, with their messages as far as the other service
    /// [discloses](crate::Disclosure) them to a request with these [headers](Self::header), such as one
    /// with its `Authorization: Bearer` token:
    ///
    /// `the service is unhealthy: database (connection refused); 2 more wait for it`
    ///
    /// The report must have at least one component: a healthy one without any is degraded, since no
    /// check says that the service works. One that says that it is healthy although a component is not
    /// has the status of its components.
    ///
    /// A service that drains is degraded, unless its checks say worse, with `draining` as a detail.
    /// A response that is not a report is unhealthy; if its status is not
    /// [expected](Self::expected_status) either, such as 502 of a load balancer, the message shows
    /// the status. The request has `Accept: application/json` unless another is given, and at most
    /// 1 MiB is read.
    ///
    /// Anonymous readers see the names of the other service's components, but not their messages.
    ///
    /// ```
    /// # use panopticon::checks::url::check_url;
    /// let check = check_url("http://orders:8080/healthcheck").panopticon_report();
    /// # let _ = check;
    /// ```
    pub fn panopticon_report(mut self) -> Self {
        self.0.is_report = true;
        self
    }

    /// Trusts the certificates in this PEM text, instead of Mozilla's list: those of a company's or
    /// cluster's own authority, or the server's own if it is self-signed, such as one made with
    /// `openssl req -x509 … -addext subjectAltName=DNS:host` (a common name alone is not enough). The
    /// names and the validity period of the certificate are verified in any case, and so is its
    /// `extendedKeyUsage`, if it has one. Of a server's own certificate that is an authority's, the
    /// key usage and name constraints are not.
    ///
    /// A certificate that cannot be parsed is a mistake, even among others.
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
        self.0.root_certificates = Some(pem.into());
        self
    }

    /// Authenticates with this certificate: PEM texts of its chain, the client's own certificate
    /// first, and of its key, which must not be encrypted (PKCS #8, PKCS #1 or SEC 1). The URL must
    /// begin with `https`. The certificate is presented if the server asks for one, and only to the
    /// host and port of the URL, not to those that it redirects to.
    pub fn client_certificate(
        mut self,
        chain: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Self {
        let (chain, key) = (chain.into(), key.into());
        self.0.client_certificate = Some(ClientCertificate::Pem { chain, key });
        self
    }

    /// Authenticates with the certificate in these files, as
    /// [`client_certificate`](Self::client_certificate) does. Both may be the same file. Every run
    /// reads them, so it uses a certificate that has been renewed.
    ///
    /// ```no_run
    /// # use panopticon::checks::url::check_url;
    /// let check = check_url("https://ledger.internal/status")
    ///     .client_certificate_files("/etc/orders/tls.crt", "/etc/orders/tls.key");
    /// # let _ = check;
    /// ```
    pub fn client_certificate_files(
        mut self,
        chain: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        let (chain, key) = (chain.into(), key.into());
        self.0.client_certificate = Some(ClientCertificate::Files { chain, key });
        self
    }

    /// Returns the check if all of its settings are valid, so that a service can fail when it starts
    /// instead of reporting an unhealthy component. This sends nothing, but reads the files of a
    /// [client certificate](Self::client_certificate_files).
    ///
    /// [`Builder::check_url`](crate::Builder::check_url) does the same for a check that is a
    /// component by itself. For a function with `#[healthcheck]`, whose URL is known only when it
    /// runs, make the check at start-up and provide it:
    ///
    /// ```standalone_crate
    /// use panopticon::checks::url::{UrlCheck, check_url};
    /// use panopticon::{Health, Panopticon, healthcheck};
    ///
    /// struct Payments(UrlCheck);
    ///
    /// #[healthcheck(timeout = "6s")]
    /// async fn payments(payments: &Payments) -> Health {
    ///     payments.0.clone().await
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let url = std::env::var("PAYMENTS_URL");
    /// # let url = url.or(Ok::<_, std::env::VarError>("https://payments.example.com/status".to_owned()));
    /// let payments = check_url(url?).expected_status(204).validated()?;
    /// let health = Panopticon::builder().provide(Payments(payments)).build()?;
    /// # let _ = health;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns every mistake.
    pub fn validated(self) -> Result<Self, InvalidCheck> {
        self.0.clone().validate()?.validate_files()?;
        Ok(self)
    }

    /// Runs the check on this thread, for a `fn` with `#[healthcheck]` and for programs without a
    /// runtime. In an `async fn`, `.await` the check instead, since this blocks other tasks.
    pub fn check_blocking(self) -> Health {
        self.0.validate().map_or_else(
            |invalid| invalid.health(),
            |request| send_contained(&request, &mut request.client()),
        )
    }
}

impl IntoFuture for UrlCheck {
    type Output = Health;
    type IntoFuture = Pin<Box<dyn Future<Output = Health> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            match self.0.validate() {
                Ok(request) => {
                    let mut client = request.client();
                    let end = client.end_on_drop();
                    run_on_own_thread("URL", end, move || send_contained(&request, &mut client))
                        .await
                }
                Err(invalid) => invalid.health(),
            }
        })
    }
}

/// Shows the URL's scheme, host and port, the names of the headers, and no secret.
impl fmt::Debug for UrlCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request = &self.0;
        // In an invalid URL, a password may be anywhere.
        let url = Target::parse(request.url.trim())
            .map_or_else(|_| "…".to_owned(), |_| shown_url(&request.url));
        let names: Vec<_> = request.headers.iter().map(|(name, _)| valid_beginning(name)).collect();
        f.debug_struct("UrlCheck")
            .field("url", &url)
            .field("method", &request.method)
            .field("headers", &names)
            .field("expected_status", &request.expected)
            .field("timeout", &request.timeout)
            .finish_non_exhaustive()
    }
}

/// Sends the request, and contains panics: ureq makes many assertions about responses, and expects
/// the process's default provider of `rustls`, if there is one, to have cipher suites.
fn send_contained(request: &ValidRequest, client: &mut HttpClient) -> Health {
    contain_panics(|| {
        let mut response = send(request, client);
        let health = judge(request, response.as_mut());
        if let Ok(response) = response {
            client.read_rest(response);
        }
        let now = since_1970();
        match client.take_handshake().and_then(|handshake| handshake.expiry(now)) {
            Some(expiry) => with_expiry(health, &expiry, now),
            None => health,
        }
    })
    .unwrap_or_else(|_| Health::unhealthy("Error connecting to URL: the HTTP client panicked"))
}
