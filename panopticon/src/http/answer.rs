//! The answer to a request: a status, headers, and a report or a component in some format, or an
//! error as JSON.

use std::collections::BTreeMap;
use std::time::SystemTime;

use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Response, StatusCode};
use serde::Serialize;

use super::body::HealthBody;
use super::negotiation::{AnswerFormat, Offered};
use crate::check::Probe;
#[cfg(feature = "prometheus")]
use crate::formats::format::MetricsRenderer;
use crate::formats::format::{Format, RenderContext, Rendered, ReportRenderer};
#[cfg(feature = "page")]
use crate::formats::page::Version;
use crate::formats::{history_json, json, verbose};
use crate::panopticon::{Panopticon, SelectionError};
use crate::report::{Component, Disclosure, Report, in_milliseconds};
#[cfg(feature = "prometheus")]
use crate::settings::ServiceInfo;
use crate::similar_name::suggest;

pub(super) struct Answer {
    status: StatusCode,
    /// The format that the body is in.
    format: &'static Format,
    /// Whether the headers of the request choose the format.
    is_negotiated: bool,
    envoy: Option<ForEnvoy>,
    /// The version of the body, for a client that asks for newer ones only.
    entity_tag: Option<HeaderValue>,
    body: HealthBody,
}

/// What the headers of an answer tell Envoy.
#[derive(Clone, Copy)]
pub(super) enum ForEnvoy {
    /// Prefer other hosts, if enough of them are healthy.
    Degraded,
    /// Send no further requests, as if enough health checks in a row had failed.
    ImmediateFailure,
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
    Tags(Vec<String>),
    /// Each with its media type.
    Formats(BTreeMap<&'static str, &'static str>),
}

impl Answer {
    pub(super) fn report(
        status: StatusCode,
        report: Report,
        disclosure: Disclosure,
        AnswerFormat { format, renderer, pretty }: AnswerFormat<ReportRenderer>,
        context: RenderContext<'_>,
    ) -> Self {
        let report = report.disclosed(disclosure);
        let context = RenderContext { pretty, ..context };
        #[cfg(feature = "page")]
        if let Some(page) = context.page.filter(|_| format.is_page()) {
            let version = Version::of(&report, &page);
            let is_known = page.known_versions.is_some_and(|known| version.is_listed(known));
            // A failure keeps its status, even if the client has this version: a proxy in between must
            // see it.
            let answer = if is_known && status.is_success() {
                Self::negotiated(StatusCode::NOT_MODIFIED, format, Rendered::default())
            } else {
                Self::negotiated(status, format, (renderer.report)(&report, context))
            };
            let entity_tag = HeaderValue::from_str(&version.to_string()).ok();
            return Self { entity_tag, ..answer };
        }
        Self::negotiated(status, format, (renderer.report)(&report, context))
    }

    pub(super) fn component(
        status: StatusCode,
        component: Component,
        disclosure: Disclosure,
        AnswerFormat { format, renderer, pretty }: AnswerFormat<ReportRenderer>,
        context: RenderContext<'_>,
    ) -> Self {
        let context = RenderContext { pretty, ..context };
        let body = (renderer.component)(&component.disclosed(disclosure), context);
        Self::negotiated(status, format, body)
    }

    /// Answers with the metrics, always with 200.
    #[cfg(feature = "prometheus")]
    pub(super) fn metrics(
        health: &Panopticon,
        service: Option<&ServiceInfo>,
        AnswerFormat { format, renderer, .. }: AnswerFormat<MetricsRenderer>,
    ) -> Self {
        Self::negotiated(StatusCode::OK, format, renderer(&health.latest(), service))
    }

    /// Answers with the history and 200, whatever the status, or with 404 if none is recorded.
    pub(super) fn history(health: &Panopticon, disclosure: Disclosure, pretty: bool) -> Self {
        let Some(history) = health.history() else {
            let error = "no history is recorded; to record it, set `PANOPTICON_HISTORY` or \
                         `Builder::history` to `true`, or enable panopticon's feature `page`";
            return Self::refusal(StatusCode::NOT_FOUND, error.to_owned(), pretty);
        };
        let now = in_milliseconds(SystemTime::now());
        let body = history_json::history(&history, now, disclosure, pretty).into();
        Self::negotiated(StatusCode::OK, &json::FORMAT, body)
    }

    /// Answers with the text of a z-page.
    pub(super) fn z_page(status: StatusCode, text: impl Into<Rendered>) -> Self {
        Self { is_negotiated: false, ..Self::negotiated(status, &verbose::FORMAT, text.into()) }
    }

    /// Answers with an error, which says nothing about the service's health.
    pub(super) fn refusal(status: StatusCode, error: String, pretty: bool) -> Self {
        Self::error(status, &Refusal { error, known: None }, pretty)
    }

    /// Answers a malformed request.
    pub(super) fn bad_request(error: String) -> Self {
        Self::refusal(StatusCode::BAD_REQUEST, error, false)
    }

    /// Answers that no offered format is requested, and lists those that are offered.
    pub(super) fn without_format<R>(
        status: StatusCode,
        error: String,
        offered: Offered<R>,
        pretty: bool,
    ) -> Self {
        let formats = offered.formats();
        let known = formats.map(|(format, _)| (format.name, format.media_type)).collect();
        Self::error(status, &Refusal { error, known: Some(Known::Formats(known)) }, pretty)
    }

    /// Answers that the component at the requested path does not exist, and lists those that do.
    pub(super) fn component_not_found(error: &SelectionError, pretty: bool) -> Self {
        let mut message = error.to_string();
        if let SelectionError::UnknownComponent { name, .. } = error {
            // It may be a misspelled probe, whose path has the same form.
            let probes = Probe::ALL.map(|probe| probe.as_str().to_owned());
            message.push_str("; ");
            message.push_str(&suggest("probes", name, probes));
        }
        Self::unknown(message, error, pretty)
    }

    /// Answers that the selection is unknown or empty, and lists what can be selected instead.
    pub(super) fn not_found(error: &SelectionError, pretty: bool) -> Self {
        Self::unknown(error.to_string(), error, pretty)
    }

    fn unknown(message: String, error: &SelectionError, pretty: bool) -> Self {
        let known = match error {
            SelectionError::UnknownComponent { known, .. } => {
                Some(Known::Components(known.clone()))
            }
            SelectionError::UnknownCollection { known, .. } => {
                Some(Known::Collections(known.clone()))
            }
            SelectionError::UnknownTag { known, .. } => Some(Known::Tags(known.clone())),
            SelectionError::Empty => None,
        };
        Self::error(StatusCode::NOT_FOUND, &Refusal { error: message, known }, pretty)
    }

    /// Answers with an error as JSON, whatever format is requested.
    fn error(status: StatusCode, refusal: &Refusal, pretty: bool) -> Self {
        let body = json::to_vec(refusal, pretty).into();
        Self::negotiated(status, &json::FORMAT, body)
    }

    /// Answers with what depends on the request's headers, and so has `Vary`.
    fn negotiated(status: StatusCode, format: &'static Format, body: Rendered) -> Self {
        let body = body.into();
        Self { status, format, is_negotiated: true, envoy: None, entity_tag: None, body }
    }

    pub(super) fn for_envoy(self, envoy: Option<ForEnvoy>) -> Self {
        Self { envoy, ..self }
    }

    /// Answers a request with this method. `OPTIONS` fails if `GET` does, since HAProxy sends it by
    /// default, and any 2xx means healthy to it.
    pub(super) fn into_response(
        mut self,
        method: &Method,
        depends_on_reader: bool,
    ) -> Response<HealthBody> {
        let is_options = method == Method::OPTIONS;
        let succeeds = self.status.is_success() || self.status == StatusCode::NOT_MODIFIED;
        if is_options && succeeds {
            self.status = StatusCode::NO_CONTENT;
        }
        // The length of the body that GET would have, since HEAD answers with the same headers.
        let length = HeaderValue::from(self.body.len());
        let without_content = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED];
        let has_content = !without_content.contains(&self.status);
        let has_body = has_content && method != Method::HEAD;
        let mut response = Response::new(if has_body { self.body } else { HealthBody::default() });
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if has_content {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.format.media_type));
            headers.insert(CONTENT_LENGTH, length);
            if let Some(policy) = self.format.content_security_policy {
                headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
                headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
                headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            } else if self.format.name == verbose::FORMAT.name {
                headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            }
        }
        if self.is_negotiated {
            let vary = if depends_on_reader { "Accept, Authorization" } else { "Accept" };
            headers.insert(VARY, HeaderValue::from_static(vary));
        }
        if let Some(entity_tag) = self.entity_tag {
            headers.insert(ETAG, entity_tag);
        }
        if let Some(envoy) = self.envoy {
            headers.insert(envoy.header(), HeaderValue::from_static("true"));
        }
        if is_options || self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
        }
        response
    }
}

impl ForEnvoy {
    /// Returns the header that Envoy looks for.
    const fn header(self) -> HeaderName {
        HeaderName::from_static(match self {
            Self::Degraded => "x-envoy-degraded",
            Self::ImmediateFailure => "x-envoy-immediate-health-check-fail",
        })
    }
}
