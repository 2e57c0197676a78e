//! The answer to a request: a status, headers, and a report or a component in some format, or an
//! error as JSON.

use std::collections::BTreeMap;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use http::{HeaderValue, Method, Response, StatusCode};
use serde::Serialize;

use super::body::HealthBody;
use super::negotiation::{AnswerFormat, Offered};
use crate::check::Probe;
use crate::formats::format::{Format, RenderContext, Rendered, Renderer};
use crate::formats::json;
#[cfg(feature = "prometheus")]
use crate::panopticon::Panopticon;
use crate::panopticon::SelectionError;
use crate::report::{Component, Disclosure, Report};
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
    /// Each with its media type.
    Formats(BTreeMap<&'static str, &'static str>),
}

impl Answer {
    pub(super) fn report(
        status: StatusCode,
        report: Report,
        disclosure: Disclosure,
        AnswerFormat { format, pretty }: AnswerFormat,
        context: RenderContext<'_>,
    ) -> Self {
        let report = report.disclosed(disclosure);
        let context = RenderContext { pretty, ..context };
        match format.renderer {
            Renderer::Reports { report: write, .. } => {
                Self::rendered(status, format, write(&report, context))
            }
            #[cfg(feature = "prometheus")]
            Renderer::Metrics(_) => Self::unsuitable(format, "a report"),
        }
    }

    pub(super) fn component(
        status: StatusCode,
        component: Component,
        disclosure: Disclosure,
        AnswerFormat { format, pretty }: AnswerFormat,
        context: RenderContext<'_>,
    ) -> Self {
        let component = component.disclosed(disclosure);
        let context = RenderContext { pretty, ..context };
        match format.renderer {
            Renderer::Reports { component: write, .. } => {
                Self::rendered(status, format, write(&component, context))
            }
            #[cfg(feature = "prometheus")]
            Renderer::Metrics(_) => Self::unsuitable(format, "a component"),
        }
    }

    /// Answers with the metrics, however bad the health is.
    #[cfg(feature = "prometheus")]
    pub(super) fn metrics(health: &Panopticon, AnswerFormat { format, .. }: AnswerFormat) -> Self {
        match format.renderer {
            Renderer::Metrics(write) => {
                let written = write(&health.latest(), &health.settings().service);
                Self::rendered(StatusCode::OK, format, written)
            }
            Renderer::Reports { .. } => Self::unsuitable(format, "metrics"),
        }
    }

    fn rendered(status: StatusCode, format: &Format, rendered: Rendered) -> Self {
        Self { status, media_type: format.media_type, body: rendered.into() }
    }

    /// Answers that a format is not for what is requested. Negotiation chooses none such.
    #[cfg(feature = "prometheus")]
    fn unsuitable(format: &Format, requested: &str) -> Self {
        let error = format!("{} is not a format for {requested}", format.name);
        Self::refusal(StatusCode::NOT_ACCEPTABLE, error, false)
    }

    /// Answers with an error, which says nothing about the service's health.
    pub(super) fn refusal(status: StatusCode, error: String, pretty: bool) -> Self {
        Self::error(status, &Refusal { error, known: None }, pretty)
    }

    /// Answers with what is malformed in a request.
    pub(super) fn bad_request(error: String) -> Self {
        Self::refusal(StatusCode::BAD_REQUEST, error, false)
    }

    /// Answers that no format is as requested, and lists those that there are.
    pub(super) fn without_format(
        status: StatusCode,
        error: String,
        offered: Offered,
        pretty: bool,
    ) -> Self {
        let known = offered.formats().map(|format| (format.name, format.media_type)).collect();
        Self::error(status, &Refusal { error, known: Some(Known::Formats(known)) }, pretty)
    }

    /// Answers that the requested component or collection does not exist, and lists those that do.
    pub(super) fn not_found(error: SelectionError, pretty: bool) -> Self {
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
        Self::error(StatusCode::NOT_FOUND, &Refusal { error: message, known }, pretty)
    }

    /// Answers with an error as JSON, whatever format is requested.
    fn error(status: StatusCode, refusal: &Refusal, pretty: bool) -> Self {
        let body = Rendered::from(json::to_vec(refusal, pretty)).into();
        Self { status, media_type: json::FORMAT.media_type, body }
    }

    /// Answers a request with this method. `OPTIONS` fails if `GET` does, since HAProxy sends it by
    /// default, and any 2xx means healthy to it.
    pub(super) fn into_response(
        mut self,
        method: &Method,
        depends_on_reader: bool,
    ) -> Response<HealthBody> {
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
        let vary = if depends_on_reader { "Accept, Authorization" } else { "Accept" };
        headers.insert(VARY, HeaderValue::from_static(vary));
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
