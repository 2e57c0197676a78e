//! The answer to a request: a status, headers, and a report, a component or an error as JSON.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, StatusCode};
use serde::Serialize;

use super::body::HealthBody;
use super::negotiation::AnswerFormat;
use crate::check::Probe;
use crate::formats::json;
use crate::panopticon::SelectionError;
use crate::report::{Component, Report};
use crate::similar_name::suggest;

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
    pub(super) fn report(status: StatusCode, report: &Report, format: AnswerFormat) -> Self {
        Self { status, media_type: format.media_type(), body: format.report(report) }
    }

    pub(super) fn component(
        status: StatusCode,
        component: &Component,
        format: AnswerFormat,
    ) -> Self {
        Self { status, media_type: format.media_type(), body: format.component(component) }
    }

    /// Answers with an error, which says nothing about the service's health.
    pub(super) fn refusal(status: StatusCode, error: String, format: AnswerFormat) -> Self {
        let body = format.error(&Refusal { error, known: None });
        Self { status, media_type: json::MEDIA_TYPE, body }
    }

    /// Answers with what is malformed in a request, in the default format, since the request's own
    /// may be unreadable.
    pub(super) fn bad_request(error: String) -> Self {
        Self::refusal(StatusCode::BAD_REQUEST, error, AnswerFormat::Json { pretty: false })
    }

    /// Answers that the requested component or collection does not exist, and lists those that do.
    pub(super) fn not_found(error: SelectionError, format: AnswerFormat) -> Self {
        let mut message = error.to_string();
        let known = match error {
            SelectionError::UnknownComponent { name, known, .. } => {
                // It may be a misspelt probe, whose path is of the same form.
                let probes = Probe::ALL.map(|probe| probe.as_str().to_owned());
                message.push_str("; ");
                message.push_str(&suggest("probes", &name, probes));
                Some(Known::Components(known))
            }
            SelectionError::UnknownCollection { known, .. } => Some(Known::Collections(known)),
            _ => None,
        };
        let body = format.error(&Refusal { error: message, known });
        Self { status: StatusCode::NOT_FOUND, media_type: json::MEDIA_TYPE, body }
    }

    /// Answers a request with this method. `OPTIONS` fails if `GET` does, since HAProxy sends it by
    /// default, and any 2xx means healthy to it.
    pub(super) fn into_response(mut self, method: &Method) -> Response<HealthBody> {
        let is_options = method == Method::OPTIONS;
        if is_options && self.status == StatusCode::OK {
            self.status = StatusCode::NO_CONTENT;
        }
        // The length of the body that GET would have, since HEAD answers with the same headers.
        let length = HeaderValue::from(self.body.len());
        let has_content = self.status != StatusCode::NO_CONTENT;
        let has_body = has_content && method != Method::HEAD;
        let mut response = Response::new(if has_body { self.body } else { HealthBody::default() });
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if has_content {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
            headers.insert(CONTENT_LENGTH, length);
        }
        if is_options || self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
        }
        response
    }
}
