//! The answer to a request: a status, headers, and a report, a component or an error as JSON.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::body::HealthBody;
use crate::formats::json;
use crate::panopticon::SelectionError;
use crate::report::{Component, Report};

pub(super) struct Answer {
    status: StatusCode,
    /// Of the format that the body is in.
    media_type: &'static str,
    body: HealthBody,
}

/// The body of an answer that is not a report or a component.
#[derive(Serialize)]
struct Refusal {
    error: String,
    #[serde(flatten)]
    known: Option<Known>,
}

/// The names that can be requested.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Known {
    Components(Vec<String>),
    Collections(Vec<String>),
}

impl Answer {
    pub(super) fn report(status: StatusCode, report: &Report, pretty: bool) -> Self {
        if pretty {
            return Self::json(status, report, pretty);
        }
        let (head, rest) = json::to_pieces(report);
        let body = HealthBody::new(head.into(), Bytes::from_owner(rest));
        Self { status, media_type: json::MEDIA_TYPE, body }
    }

    pub(super) fn component(status: StatusCode, component: &Component, pretty: bool) -> Self {
        Self::json(status, component, pretty)
    }

    /// Answers with an error, which says nothing about the service's health.
    pub(super) fn refusal(status: StatusCode, error: String, pretty: bool) -> Self {
        Self::json(status, &Refusal { error, known: None }, pretty)
    }

    /// Answers that the requested component or collection does not exist, and lists those that do.
    pub(super) fn not_found(error: SelectionError, pretty: bool) -> Self {
        let message = error.to_string();
        let known = match error {
            SelectionError::UnknownComponent { known, .. } => Some(Known::Components(known)),
            SelectionError::UnknownCollection { known, .. } => Some(Known::Collections(known)),
            _ => None,
        };
        Self::json(StatusCode::NOT_FOUND, &Refusal { error: message, known }, pretty)
    }

    fn json(status: StatusCode, value: &impl Serialize, pretty: bool) -> Self {
        let body = HealthBody::new(json::to_vec(value, pretty).into(), Bytes::new());
        Self { status, media_type: json::MEDIA_TYPE, body }
    }

    pub(super) fn into_response(self, is_head: bool) -> Response<HealthBody> {
        // The length of the body that GET would have, since HEAD answers with the same headers.
        let length = HeaderValue::from(self.body.len());
        let body = if is_head { HealthBody::default() } else { self.body };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(CONTENT_LENGTH, length);
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }
}
