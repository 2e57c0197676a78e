//! The health that a response means.

use std::io;

use serde_json::Value;
use ureq::http::Response;
use ureq::{Body, Error};

use super::body_search::{BodySearch, search};
use super::error_text::describe;
use super::json_expectation::Mismatch;
use super::remote_report;
use super::request::ValidRequest;
use super::response_body::{ReadBody, unknown_encoding};
use crate::escaped::Escaped;
use crate::health::{Health, Message, Status, truncate};
use crate::report::Report;

pub(super) fn judge(
    request: &ValidRequest,
    response: Result<&mut Response<Body>, &mut String>,
) -> Health {
    let response = match response {
        Ok(response) => response,
        Err(error) => return connection_error(error),
    };
    let status = response.status().as_u16();
    let is_expected = request.expected.contains(status);
    let health = if request.reads_body() && (is_expected || request.is_report) {
        judge_readable(request, response)
    } else if is_expected {
        Health::healthy("URL is available")
    } else {
        unexpected_status(request, status, "")
    };
    health.with("status_code", status)
}

fn judge_readable(request: &ValidRequest, response: &mut Response<Body>) -> Health {
    if let Some(encoding) = unknown_encoding(response.headers()) {
        const SUMMARY: &str = "the response's `Content-Encoding` cannot be read";
        let text = format!("{SUMMARY}: `{encoding}`, which is not `gzip`");
        return Health::from_message(Message::with_error(text, SUMMARY.to_owned()));
    }
    let status = response.status().as_u16();
    let body = response.body_mut().as_reader();
    match &request.text {
        Some(text) if request.json_paths.is_empty() && !request.is_report => {
            search(body, text).map_or_else(|error| reading_error(request, error), judge_search)
        }
        _ => ReadBody::read(body).map_or_else(
            |error| reading_error(request, error),
            |body| judge_body(request, status, &body),
        ),
    }
}

fn judge_body(request: &ValidRequest, status: u16, body: &ReadBody) -> Health {
    let health = if request.is_report {
        let health = judge_report(request, status, body);
        if health.status() != Status::Healthy {
            return health;
        }
        health
    } else {
        Health::healthy("URL is available")
    };
    if let Some(text) = &request.text {
        // A body in memory is read without errors.
        let found = search(&*body.bytes, text).unwrap_or(BodySearch::Absent);
        let found = match found {
            BodySearch::Absent if body.is_longer => BodySearch::AbsentWithinLimit,
            found => found,
        };
        if !matches!(found, BodySearch::Found) {
            return judge_search(found);
        }
    }
    judge_json(request, body).unwrap_or(health)
}

fn judge_search(found: BodySearch) -> Health {
    match found {
        BodySearch::Found => Health::healthy("URL is available"),
        BodySearch::Absent => Health::unhealthy("the response does not contain the expected text"),
        BodySearch::AbsentWithinLimit => Health::unhealthy(
            "the first 1 MiB of the response does not contain the expected text, and no more is read",
        ),
    }
}

fn judge_report(request: &ValidRequest, status: u16, body: &ReadBody) -> Health {
    let is_expected = request.expected.contains(status);
    match serde_json::from_slice::<Report>(&body.bytes) {
        Ok(report) => remote_report::judge(&report, is_expected).unwrap_or_else(|_| {
            unexpected_status(request, status, ", although its report is healthy")
        }),
        // It is from something in front of the service, such as a load balancer.
        Err(_) if !is_expected => unexpected_status(request, status, ""),
        Err(_) if body.is_longer => {
            Health::unhealthy("the report is longer than 1 MiB, and no more is read")
        }
        Err(error) => {
            const SUMMARY: &str = "the response is not a report of panopticon; give the URL of one, such \
                                   as `http://host/healthcheck`";
            not_as_expected(SUMMARY, &error)
        }
    }
}

/// Returns the health if the JSON is not as expected.
fn judge_json(request: &ValidRequest, body: &ReadBody) -> Option<Health> {
    if request.json_paths.is_empty() {
        return None;
    }
    if body.is_longer {
        return Some(Health::unhealthy("the JSON is longer than 1 MiB, and no more is read"));
    }
    let json = match serde_json::from_slice::<Value>(&body.bytes) {
        Ok(json) => json,
        Err(error) => return Some(not_as_expected("the response is not JSON", &error)),
    };
    let wrong: Vec<Mismatch> =
        request.json_paths.iter().filter_map(|expected| expected.mismatch(&json)).collect();
    if wrong.is_empty() {
        return None;
    }
    let join = |part: fn(&Mismatch) -> &str| {
        let texts: Vec<_> = wrong.iter().map(part).collect();
        format!("the response's JSON is not as expected: {}", texts.join("; "))
    };
    // The server wrote the values.
    let message = Message::with_error(join(|it| &it.full), join(|it| &it.without_value));
    Some(Health::from_message(message))
}

fn not_as_expected(summary: &str, error: &serde_json::Error) -> Health {
    const MAX_SHOWN: usize = 200;
    // It may quote what the server sent.
    let mut shown = Escaped(error.to_string()).to_string();
    truncate(&mut shown, MAX_SHOWN);
    Health::from_message(Message::with_error(format!("{summary} ({shown})"), summary.to_owned()))
}

fn unexpected_status(request: &ValidRequest, status: u16, addition: &str) -> Health {
    let expected = &request.expected;
    Health::unhealthy(format!(
        "server responded with unexpected status code: {status} (expected {expected}){addition}"
    ))
}

fn reading_error(request: &ValidRequest, error: io::Error) -> Health {
    connection_error(&describe(&Error::from(error), request.timeout, "while reading the response"))
}

fn connection_error(error: &str) -> Health {
    const SUMMARY: &str = "Error connecting to URL";
    // The text may contain internal names, such as those in a certificate.
    Health::from_message(Message::with_error(format!("{SUMMARY}: {error}"), SUMMARY.to_owned()))
}
