//! The request of a [`UrlCheck`](super::UrlCheck), before and after it is validated.

use std::time::Duration;

use ureq::Agent;
use ureq::http::Method;
use ureq::http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
};

use super::body_search::MAX_LENGTH;
use super::expected_status::ExpectedStatus;
use super::json_expectation::{JsonExpectation, JsonPathExpectation};
use super::request_body::RequestBody;
use super::target::Target;
use crate::check::duration;
use crate::checks::InvalidCheck;
use crate::http_client::{ClientCertificate, HttpClient, OUR_USER_AGENT, PresentedCertificate};
use crate::net::tls::{Roots, crypto_provider};

/// As in python-panopticon.
const NO_URL: &str = "No URL specified to check.";

/// A request as the user wrote it.
#[derive(Clone)]
pub(super) struct RawRequest {
    pub(super) url: String,
    pub(super) method: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<RequestBody>,
    pub(super) expected: ExpectedStatus,
    pub(super) timeout: Duration,
    pub(super) text: Option<String>,
    pub(super) json_paths: Vec<(String, JsonExpectation)>,
    pub(super) is_report: bool,
    pub(super) root_certificates: Option<Vec<u8>>,
    pub(super) client_certificate: Option<ClientCertificate>,
}

pub(super) struct ValidRequest {
    pub(super) target: Target,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) expected: ExpectedStatus,
    pub(super) timeout: Duration,
    pub(super) text: Option<String>,
    pub(super) json_paths: Vec<JsonPathExpectation>,
    /// Whether the body is another service's report.
    pub(super) is_report: bool,
    root_certificates: Option<Roots>,
    client_certificate: Option<ClientCertificate>,
}

impl RawRequest {
    /// Validates everything but the content of files.
    pub(super) fn validate(self) -> Result<ValidRequest, InvalidCheck> {
        let url = self.url.trim();
        if url.is_empty() {
            return Err(InvalidCheck::with_message(NO_URL));
        }
        let mut problems = Vec::new();
        let target = note(&mut problems, "the URL", parse_url(url));
        let method = note(&mut problems, "`method`", parse_method(&self.method));
        let mut headers = HeaderMap::new();
        for (number, (name, value)) in (1..).zip(&self.headers) {
            let header = parse_header(name, value);
            if let Some((name, value)) = note(&mut problems, &format!("`header` {number}"), header)
            {
                headers.append(name, value);
            }
        }
        let mut body = Vec::new();
        if let Some(given) = self.body {
            let place = given.setting();
            let valid = given.validate(method.as_ref(), &mut headers);
            body = note(&mut problems, place, valid).unwrap_or_default();
        }
        note(&mut problems, "`expected_status`", self.expected.validate());
        note(&mut problems, "`timeout`", validate_timeout(self.timeout));
        if let Some(text) = &self.text {
            note(&mut problems, "`body_contains`", validate_text(text, method.as_ref()));
        }
        let mut json_paths = Vec::new();
        for (number, (path, expected)) in (1..).zip(self.json_paths) {
            let valid = validate_reading(method.as_ref())
                .and_then(|()| JsonPathExpectation::parse(path, expected));
            json_paths.extend(note(&mut problems, &format!("`json_path` {number}"), valid));
        }
        if self.is_report {
            note(&mut problems, "`panopticon_report`", validate_reading(method.as_ref()));
        }
        let roots = self.root_certificates.as_deref().map(Roots::from_pem).transpose();
        let roots = note(&mut problems, "`root_certificates`", roots);
        if let Some(certificate) = &self.client_certificate {
            let target = target.as_ref();
            let valid = validate_client_certificate(certificate, target);
            note(&mut problems, place_of(certificate), valid);
        }
        match (target, method, roots) {
            (Some(target), Some(method), Some(root_certificates)) if problems.is_empty() => {
                Ok(ValidRequest {
                    target,
                    method,
                    headers,
                    body,
                    expected: self.expected,
                    timeout: self.timeout,
                    text: self.text,
                    json_paths,
                    is_report: self.is_report,
                    root_certificates,
                    client_certificate: self.client_certificate,
                })
            }
            _ => Err(InvalidCheck::new("URL", problems)),
        }
    }
}

impl ValidRequest {
    /// Validates the content of files.
    pub(super) fn validate_files(&self) -> Result<(), InvalidCheck> {
        let Some(certificate) = &self.client_certificate else { return Ok(()) };
        certificate.load(&crypto_provider()).map(drop).map_err(|problem| {
            InvalidCheck::new("URL", vec![format!("{} {problem}", place_of(certificate))])
        })
    }

    /// Returns whether something is expected of the response's body.
    pub(super) fn reads_body(&self) -> bool {
        self.text.is_some() || !self.json_paths.is_empty() || self.is_report
    }

    /// Returns the headers that are sent unless others of their names are given.
    pub(super) fn default_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if self.reads_body() {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if self.is_report {
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        }
        headers
    }

    /// Returns a client for one run. It keeps no connections and no TLS sessions, since resuming
    /// one proves nothing about the name, the port or the certificate.
    pub(super) fn client(&self) -> HttpClient {
        let config = Agent::config_builder()
            .user_agent(OUR_USER_AGENT)
            .http_status_as_error(false)
            // Not even for the next redirect: the server may be closing the connection by then.
            .max_idle_connections(0)
            // `redirects` follows them.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        let presented = self.client_certificate.clone().map(|certificate| PresentedCertificate {
            certificate,
            server: self.target.uri.clone(),
        });
        let roots = self.root_certificates.clone().unwrap_or_else(Roots::mozilla);
        HttpClient::with_tls(config, roots, presented)
    }
}

/// Returns what was parsed, or notes the problem.
fn note<T>(problems: &mut Vec<String>, place: &str, parsed: Result<T, String>) -> Option<T> {
    parsed.map_err(|problem| problems.push(format!("{place} {problem}"))).ok()
}

fn parse_url(url: &str) -> Result<Target, String> {
    Target::parse(url).map_err(|problem| {
        format!(
            "{problem}; write one such as `https://host/path`, with `%40` for an `@` in a password, \
             `%2F` for a `/`, and a host beyond ASCII as `xn--…`"
        )
    })
}

fn parse_method(method: &str) -> Result<Method, String> {
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

fn parse_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    // No more of an invalid name is shown, since it may be `Authorization: Bearer …`.
    let beginning = valid_beginning(name);
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        format!("has an invalid name that begins with {beginning:?}; write one such as `Accept`")
    })?;
    if name == CONTENT_LENGTH || name == TRANSFER_ENCODING {
        return Err(format!("(`{name}`) must be left out, since the length of the body is added"));
    }
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        format!("(`{name}`) must have a value of one line, of visible ASCII characters and spaces")
    })?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// Returns the beginning of a header's name, up to the first character that no name has.
pub(super) fn valid_beginning(name: &str) -> &str {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    name.split(|c| !is_valid(c)).next().unwrap_or_default()
}

fn validate_timeout(timeout: Duration) -> Result<(), String> {
    if duration::is_timeout(timeout) {
        return Ok(());
    }
    Err(format!("must be more than zero and at most 30 days, not {timeout:?}"))
}

fn validate_text(text: &str, method: Option<&Method>) -> Result<(), String> {
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if text.len() > MAX_LENGTH {
        return Err("must be at most 1 MiB long, since no more is read".to_owned());
    }
    validate_reading(method)
}

fn validate_reading(method: Option<&Method>) -> Result<(), String> {
    if method == Some(&Method::HEAD) {
        return Err("needs a `method` other than HEAD, whose response has no body".to_owned());
    }
    Ok(())
}

fn place_of(certificate: &ClientCertificate) -> &'static str {
    match certificate {
        ClientCertificate::Pem { .. } => "`client_certificate`:",
        ClientCertificate::Files { .. } => "`client_certificate_files`:",
    }
}

fn validate_client_certificate(
    certificate: &ClientCertificate,
    target: Option<&Target>,
) -> Result<(), String> {
    if target.is_some_and(|target| !target.is_https()) {
        return Err("the URL must begin with `https`, since only TLS has certificates".to_owned());
    }
    match certificate {
        ClientCertificate::Pem { .. } => certificate.load(&crypto_provider()).map(drop),
        // Reading them may block. A connection reads them anyway.
        ClientCertificate::Files { .. } => Ok(()),
    }
}
