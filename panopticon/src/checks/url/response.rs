//! The health that a response means.

use ureq::http::Response;
use ureq::{Body, Error};

use super::body_search::{BodySearch, search};
use super::error_text::describe;
use super::request::ValidRequest;
use crate::health::{Health, Message};

pub(super) fn judge(request: &ValidRequest, response: Result<Response<Body>, String>) -> Health {
    let mut response = match response {
        Ok(response) => response,
        Err(error) => return connection_error(&error),
    };
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
    let found = match &request.text {
        Some(text) => search(body.as_reader(), text),
        None => Ok(BodySearch::Found),
    };
    match found {
        Ok(BodySearch::Found) => Health::healthy("URL is available"),
        Ok(BodySearch::Absent) => {
            Health::unhealthy("the response does not contain the expected text")
        }
        Ok(BodySearch::AbsentWithinLimit) => Health::unhealthy(
            "the first 1 MiB of the response does not contain the expected text, and no more is read",
        ),
        Err(error) => connection_error(&describe(
            &Error::from(error),
            request.timeout,
            "while reading the response",
        )),
    }
}

fn connection_error(error: &str) -> Health {
    const SUMMARY: &str = "Error connecting to URL";
    // The text may contain internal names, such as those in a certificate.
    Health::from_message(Message::with_error(format!("{SUMMARY}: {error}"), SUMMARY.to_owned()))
}
