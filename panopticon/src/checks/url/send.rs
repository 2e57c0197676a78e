//! One run: the request, the redirects, and what to make of the response.

use std::time::{Duration, Instant};

use ureq::http::header::{HeaderMap, LOCATION};
use ureq::http::{Method, Response};
use ureq::{Body, Error};

use super::body::{Search, search};
use super::failure::describe;
use super::request::{ValidRequest, http_request, proxy};
use super::target::Target;
use crate::health::Health;
use crate::http_client::HttpClient;

const MAX_REDIRECTS: usize = 10;

/// Where the run is at, of which there are more than one with redirects.
struct Hop {
    target: Target,
    method: Method,
    headers: HeaderMap,
    redirects: usize,
}

pub(super) fn send(request: &ValidRequest, client: &mut HttpClient) -> Health {
    let deadline = Instant::now() + request.timeout;
    match follow(request, client, deadline) {
        Ok(response) => judge(request, response),
        Err(error) => Health::unhealthy(format!("Error connecting to URL: {error}")),
    }
}

/// The response that counts: the first that is no redirect, or the first if one is expected.
fn follow(
    request: &ValidRequest,
    client: &mut HttpClient,
    deadline: Instant,
) -> Result<Response<Body>, String> {
    let mut hop = Hop {
        target: request.target.clone(),
        method: request.method.clone(),
        headers: request.headers.clone(),
        redirects: 0,
    };
    let is_final = request.expected.contains_any_of(300..=399);
    loop {
        let response = hop
            .ask(client, deadline)
            .map_err(|error| hop.place(&failure(&error, request.timeout, "without a response")))?;
        match response.headers().get(LOCATION) {
            Some(location) if !is_final && is_redirect(response.status().as_u16()) => {
                let target = hop.target.redirected(location);
                let target = target.map_err(|problem| {
                    hop.place(&format!("the URL that the server redirects to {problem}"))
                })?;
                hop = hop.next(target, response.status().as_u16())?;
            }
            _ => return Ok(response),
        }
    }
}

impl Hop {
    fn ask(&self, client: &mut HttpClient, deadline: Instant) -> Result<Response<Body>, Error> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Timeout(ureq::Timeout::Global));
        }
        let request = http_request(&self.method, &self.target, &self.headers);
        let proxy = proxy(client, &self.target);
        client.send(request, proxy, left)
    }

    /// The request that follows a redirect with this status.
    fn next(self, target: Target, status: u16) -> Result<Self, String> {
        if self.redirects == MAX_REDIRECTS {
            return Err(format!("more than {MAX_REDIRECTS} redirects"));
        }
        // RFC 9110, section 15.4, and what browsers do where it leaves them the choice.
        let method = match (status, self.method) {
            (303, method) if method != Method::HEAD => Method::GET,
            (301 | 302, Method::POST) => Method::GET,
            (_, method) => method,
        };
        let mut next =
            Self { target, method, headers: self.headers, redirects: self.redirects + 1 };
        if self.target.trusts(&next.target) {
            next.target.authorization =
                next.target.authorization.or_else(|| self.target.authorization.clone());
        } else {
            // Any header may be a key, whatever its name.
            next.headers.clear();
        }
        Ok(next)
    }

    /// A failure, and how far from the URL that was given.
    fn place(&self, failure: &str) -> String {
        match self.redirects {
            0 => failure.to_owned(),
            1 => format!("{failure}, after 1 redirect"),
            redirects => format!("{failure}, after {redirects} redirects"),
        }
    }
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

fn failure(error: &Error, timeout: Duration, when: &str) -> String {
    match error {
        Error::Timeout(_) => format!("timed out after {timeout:?} {when}"),
        error => describe(error),
    }
}

fn judge(request: &ValidRequest, mut response: Response<Body>) -> Health {
    let status = response.status().as_u16();
    let health = if request.expected.contains(status) {
        judge_body(request, response.body_mut())
    } else {
        Health::unhealthy(format!(
            "server responded with unexpected status code: {status} (expected {})",
            request.expected
        ))
    };
    health.with("status_code", status)
}

fn judge_body(request: &ValidRequest, body: &mut Body) -> Health {
    let Some(text) = &request.text else {
        return Health::healthy("URL is available");
    };
    match search(body.as_reader(), text) {
        Ok(Search::Found) => Health::healthy("URL is available"),
        Ok(Search::Absent) => Health::unhealthy("the response does not contain the expected text"),
        Ok(Search::NotWithinLimit) => Health::unhealthy(
            "the first 1 MiB of the response does not contain the expected text, and no more is read",
        ),
        Err(error) => {
            let error = failure(&error.into(), request.timeout, "while the response was read");
            Health::unhealthy(format!("Error connecting to URL: {error}"))
        }
    }
}
