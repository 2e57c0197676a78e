//! What is asked: of a [`UrlCheck`], once all of it is known to be sound.

use std::time::Duration;

use ureq::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use ureq::http::{Method, Request};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

use super::body::READ_AT_MOST;
use super::expected::ExpectedStatus;
use super::target::Target;
use super::{NO_URL, UrlCheck};
use crate::check::duration;
use crate::health::Health;
use crate::http_client::HttpClient;

const USER_AGENT: &str = concat!("panopticon/", env!("CARGO_PKG_VERSION"));

pub(super) struct ValidRequest {
    pub(super) target: Target,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) expected: ExpectedStatus,
    pub(super) timeout: Duration,
    pub(super) text: Option<String>,
    roots: RootCerts,
}

impl ValidRequest {
    /// Looks at all that was given. The error is the answer of the check, with every mistake.
    pub(super) fn read(check: &UrlCheck) -> Result<Self, Health> {
        let url = check.url.trim();
        if url.is_empty() {
            return Err(Health::unhealthy(NO_URL));
        }
        let mut problems = Vec::new();
        let target = keep(&mut problems, "the URL", read_url(url));
        let method = keep(&mut problems, "`method`", read_method(&check.method));
        let mut headers = HeaderMap::new();
        for (number, (name, value)) in (1..).zip(&check.headers) {
            let header = read_header(name, value);
            let place = format!("`header` {number}");
            if let Some((name, value)) = keep(&mut problems, &place, header) {
                headers.append(name, value);
            }
        }
        keep(&mut problems, "`expected_status`", check.expected.problem().map_or(Ok(()), Err));
        keep(&mut problems, "`timeout`", read_timeout(check.timeout));
        let text = check.text.as_deref().map_or(Ok(()), |text| read_text(text, method.as_ref()));
        keep(&mut problems, "`body_contains`", text);
        let roots = check.root_certificates.as_deref().map_or(Ok(RootCerts::WebPki), read_roots);
        let roots = keep(&mut problems, "`root_certificates`", roots);
        match (target, method, roots) {
            (Some(target), Some(method), Some(roots)) if problems.is_empty() => Ok(Self {
                target,
                method,
                headers,
                expected: check.expected.clone(),
                timeout: check.timeout,
                text: check.text.clone(),
                roots,
            }),
            _ => Err(Health::unhealthy(format!("URL not checked: {}", problems.join("; ")))),
        }
    }

    /// A client for one run. Connections are never kept for another, nor are TLS sessions: what is
    /// resumed proves nothing of the name, of the port, or of the certificate.
    pub(super) fn client(&self) -> HttpClient {
        let config = Agent::config_builder()
            .user_agent(USER_AGENT)
            .http_status_as_error(false)
            // Not for the next redirect either: the server may be closing the connection by then.
            .max_idle_connections(0)
            // They are followed by `send`, which knows what may be said to whom.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .tls_config(TlsConfig::builder().root_certs(self.roots.clone()).build())
            .build();
        HttpClient::new(config)
    }
}

/// What was read, if it could be; else the problem is noted.
fn keep<T>(problems: &mut Vec<String>, place: &str, read: Result<T, String>) -> Option<T> {
    read.map_err(|problem| problems.push(format!("{place} {problem}"))).ok()
}

fn read_url(url: &str) -> Result<Target, String> {
    Target::parse(url).map_err(|problem| {
        format!(
            "{problem}; write one such as `https://host/path`, with `%40` for an `@` in a password, \
             `%2F` for a `/`, and a host beyond ASCII as `xn--…`"
        )
    })
}

fn read_method(method: &str) -> Result<Method, String> {
    const KNOWN: [Method; 8] = [
        Method::GET,
        Method::HEAD,
        Method::OPTIONS,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::TRACE,
    ];
    KNOWN.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(method)).ok_or_else(|| {
        format!("must be GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE or TRACE, not {method:?}")
    })
}

fn read_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    // Of a wrong name only what could be one is shown: it may be `Authorization: Bearer …`.
    let shown = header_name(name);
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        format!("has a name that is none, and begins with {shown:?}; write one such as `Accept`")
    })?;
    if name == CONTENT_LENGTH || name == TRANSFER_ENCODING {
        return Err(format!("(`{name}`) must be left out, for the request has no body"));
    }
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        format!("(`{name}`) must have a value of one line, of visible ASCII characters and spaces")
    })?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// The beginning of a header's name that can be one.
pub(super) fn header_name(name: &str) -> &str {
    let is_of_names = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    name.split(|c| !is_of_names(c)).next().unwrap_or_default()
}

fn read_timeout(timeout: Duration) -> Result<(), String> {
    if duration::is_timeout(timeout) {
        return Ok(());
    }
    Err(format!("must be more than zero and at most 720h, not {timeout:?}"))
}

fn read_text(text: &str, method: Option<&Method>) -> Result<(), String> {
    if text.is_empty() {
        return Err("must be given a text, not an empty one".to_owned());
    }
    if text.len() > READ_AT_MOST {
        return Err("must be given a text of at most 1 MiB, for no more is read".to_owned());
    }
    if method == Some(&Method::HEAD) {
        return Err("must go with another `method` than HEAD, which asks for no body".to_owned());
    }
    Ok(())
}

fn read_roots(pem: &[u8]) -> Result<RootCerts, String> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(_) => return Err("must be PEM, which this is not".to_owned()),
        }
    }
    if certificates.is_empty() {
        return Err("must have at least one `-----BEGIN CERTIFICATE-----`".to_owned());
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

/// The proxy by which to ask: that of the environment, but never for this machine itself, which a
/// proxy would take for its own.
pub(super) fn proxy(client: &HttpClient, target: &Target) -> Option<Proxy> {
    client.agent.config().proxy().filter(|_| !target.is_loopback()).cloned()
}

/// The request's parts for one hop.
pub(super) fn http_request(
    method: &Method,
    target: &Target,
    headers: &HeaderMap,
) -> Request<&'static str> {
    let mut request = Request::new("");
    *request.method_mut() = method.clone();
    *request.uri_mut() = target.uri.clone();
    *request.headers_mut() = headers.clone();
    if let Some(authorization) = &target.authorization {
        request.headers_mut().entry(AUTHORIZATION).or_insert_with(|| authorization.clone());
    }
    request
}
