//! Sends a request and follows redirects, with credentials only where they belong.

use std::mem;
use std::time::Instant;

use ureq::http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE, HeaderMap,
    LOCATION,
};
use ureq::http::{Method, Request, Response};
use ureq::{Body, Error};

use super::error_text::describe;
use super::request::ValidRequest;
use super::target::Target;
use crate::http_client::HttpClient;

const MAX_REDIRECTS: usize = 10;

/// The first request, or one that follows a redirect.
struct Hop<'a> {
    default_headers: &'a HeaderMap,
    target: Target,
    method: Method,
    headers: HeaderMap,
    body: &'a [u8],
    redirects: usize,
}

/// Returns the response that counts: the first that is not a redirect, or the very first if a
/// redirect is expected.
pub(super) fn send(
    request: &ValidRequest,
    client: &mut HttpClient,
) -> Result<Response<Body>, String> {
    let deadline = Instant::now() + request.timeout;
    let follows = !request.expected.contains_any_of(300..=399);
    let default_headers = request.default_headers();
    let mut hop = Hop {
        default_headers: &default_headers,
        target: request.target.clone(),
        method: request.method.clone(),
        headers: request.headers.clone(),
        body: &request.body,
        redirects: 0,
    };
    loop {
        let response = hop.send(client, deadline).map_err(|error| {
            hop.locate(&describe(&error, request.timeout, "without a response"))
        })?;
        let status = response.status().as_u16();
        match response.headers().get(LOCATION) {
            Some(location) if follows && matches!(status, 301 | 302 | 303 | 307 | 308) => {
                let target = hop.target.redirected(location).map_err(|problem| {
                    hop.locate(&format!("the URL that the server redirects to {problem}"))
                })?;
                client.read_rest(response);
                hop = hop.next(target, status)?;
            }
            _ => return Ok(response),
        }
    }
}

impl Hop<'_> {
    fn send(&self, client: &mut HttpClient, deadline: Instant) -> Result<Response<Body>, Error> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Timeout(ureq::Timeout::Global));
        }
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.uri.clone();
        *request.headers_mut() = self.default_headers.clone();
        // Replaces those of the same name.
        request.headers_mut().extend(self.headers.clone());
        if let Some(authorization) = &self.target.authorization {
            request.headers_mut().entry(AUTHORIZATION).or_insert_with(|| authorization.clone());
        }
        client.send(request, left)
    }

    /// Returns the request that follows a redirect with this status.
    fn next(mut self, target: Target, status: u16) -> Result<Self, String> {
        if self.redirects == MAX_REDIRECTS {
            return Err(format!("more than {MAX_REDIRECTS} redirects"));
        }
        // RFC 9110, section 15.4, and what browsers do if it leaves them the choice.
        let becomes_get = match (status, &self.method) {
            (303, method) => *method != Method::HEAD,
            (301 | 302, method) => *method == Method::POST,
            _ => false,
        };
        let from = mem::replace(&mut self.target, target);
        let mut next = Self { redirects: self.redirects + 1, ..self };
        if becomes_get {
            next.method = Method::GET;
            next.body = &[];
            for of_body in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION] {
                next.headers.remove(of_body);
            }
        }
        if from.trusts(&next.target) {
            next.target.authorization = next.target.authorization.or(from.authorization);
        } else if next.body.is_empty() {
            // Any header may be a key, whatever its name.
            next.headers.clear();
        } else {
            return Err(format!(
                "the server redirects the request to another host or port with the status {status}, \
                 and the body is not sent there; check the URL that it redirects to"
            ));
        }
        Ok(next)
    }

    /// Adds the number of redirects before an error.
    fn locate(&self, error: &str) -> String {
        match self.redirects {
            0 => error.to_owned(),
            1 => format!("{error}, after 1 redirect"),
            redirects => format!("{error}, after {redirects} redirects"),
        }
    }
}
