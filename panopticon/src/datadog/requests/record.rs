//! The record of a request, which sends its statistics when dropped.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use http::{HeaderValue, Method, StatusCode};

use crate::datadog::client::Stats;
use crate::datadog::event::{AlertType, Event};
use crate::datadog::metric::Tags;
use crate::datadog::unit::Unit;
use crate::health::text_with_sources;
use crate::panics::contain_panics;

const UNMATCHED: &str = "unmatched";

/// The record of a request. It is sent when dropped, and so exactly once, however the request ends.
#[derive(Debug)]
pub(super) struct Record {
    stats: Stats,
    events: RequestEvents,
    method: &'static str,
    route: Cow<'static, str>,
    started: Instant,
    /// The time until the response's head, once it is known.
    time: Option<Duration>,
    outcome: RequestOutcome,
    /// The HTTP status of a response whose body is awaited.
    status: Option<StatusCode>,
}

/// Whether an event is sent for an error or a panic of the service, and what it contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RequestEvents {
    pub(super) are_sent: bool,
    pub(super) have_error_texts: bool,
    pub(super) have_panic_messages: bool,
}

impl RequestEvents {
    pub(super) const DEFAULT: Self =
        Self { are_sent: true, have_error_texts: false, have_panic_messages: false };
}

/// The status of a gRPC call, as a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GrpcStatus(&'static str);

impl GrpcStatus {
    pub(super) const HEADER: &'static str = "grpc-status";
    pub(super) const UNKNOWN: Self = Self("2");

    pub(super) fn parse(value: &HeaderValue) -> Self {
        const KNOWN: [&str; 17] = [
            "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15",
            "16",
        ];
        let known = KNOWN.into_iter().find(|known| *known == *value);
        Self(known.unwrap_or("other"))
    }

    fn is_ok(self) -> bool {
        self.0 == "0"
    }
}

/// The outcome of a request.
#[derive(Debug)]
pub(super) enum RequestOutcome {
    Response(StatusCode),
    /// The response of a gRPC call.
    Grpc(StatusCode, GrpcStatus),
    /// The service returned an error, with this text if it is to be sent.
    Error(Option<String>),
    /// The service panicked, with this message if the payload was a text.
    Panic(Option<String>),
    /// The caller no longer waits for the response.
    Dropped,
}

impl Record {
    pub(super) fn begin(stats: Stats, events: RequestEvents, method: &Method) -> Self {
        Self {
            stats,
            events,
            method: method_tag(method),
            route: Cow::Borrowed(UNMATCHED),
            started: Instant::now(),
            time: None,
            outcome: RequestOutcome::Dropped,
            status: None,
        }
    }

    pub(super) fn set_route(&mut self, route: Option<Cow<'static, str>>) {
        if let Some(route) = route.filter(|route| !route.is_empty()) {
            self.route = replace_braces(route);
        }
    }

    pub(super) fn has_error_texts(&self) -> bool {
        self.events.are_sent && self.events.have_error_texts
    }

    pub(super) fn end(mut self, outcome: RequestOutcome) {
        self.outcome = outcome;
    }

    /// Waits for the end of the response's body, which does not count as time.
    pub(super) fn begin_body(&mut self, status: StatusCode) {
        self.time = Some(self.started.elapsed());
        self.status = Some(status);
    }

    pub(super) fn end_body(self, grpc: GrpcStatus) {
        let status = self.status.unwrap_or_default();
        self.end(RequestOutcome::Grpc(status, grpc));
    }

    fn event(&self, description: &str, tags: Tags<'_>) -> Event {
        let (method, route) = (self.method, &*self.route);
        Event::new(
            format!("Exception occurred at {route}"),
            format!("{method} {route} {description}"),
        )
        .alert_type(AlertType::Error)
        .aggregation_key(route)
        .tags(tags)
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let time = self.time.unwrap_or_else(|| self.started.elapsed());
        let milliseconds = Unit::Milliseconds.convert(time);
        let mut grpc = None;
        let (status, is_failure) = match &self.outcome {
            RequestOutcome::Response(status) => (status_tag(*status), status.as_u16() >= 500),
            RequestOutcome::Grpc(status, of_call) => {
                grpc = Some(("grpc_status", of_call.0));
                (status_tag(*status), status.as_u16() >= 500 || !of_call.is_ok())
            }
            RequestOutcome::Error(_) => ("error", true),
            RequestOutcome::Panic(_) => ("panic", true),
            RequestOutcome::Dropped => ("dropped", true),
        };
        let http = [("method", self.method), ("route", &*self.route), ("status", status)];
        let with_grpc;
        let tags = match grpc {
            None => &http[..],
            Some(grpc) => {
                let [method, route, status] = http;
                with_grpc = [method, route, status, grpc];
                &with_grpc
            }
        };
        let count = if is_failure { "requests.failed" } else { "requests.successful" };
        self.stats.increment(count, 1, tags);
        self.stats.histogram("requests.time_ms", milliseconds, tags);

        let description = match &self.outcome {
            RequestOutcome::Error(Some(text)) => format!("failed: {text}"),
            RequestOutcome::Error(None) => "failed".to_owned(),
            RequestOutcome::Panic(Some(message)) if self.events.have_panic_messages => {
                format!("panicked: {message}")
            }
            RequestOutcome::Panic(_) => "panicked".to_owned(),
            RequestOutcome::Response(_) | RequestOutcome::Grpc(..) | RequestOutcome::Dropped => {
                return;
            }
        };
        if self.events.are_sent {
            self.stats.event(self.event(&description, tags));
        }
    }
}

impl RequestOutcome {
    /// Returns the outcome of an error, with its text if that is to be sent.
    pub(super) fn error<E: fmt::Display + 'static>(error: &E, has_text: bool) -> Self {
        type Boxed = Box<dyn Error + Send + Sync>;
        // A boxed error, which tower's own layers return, does not implement `Error` itself.
        let text = || match (error as &dyn Any).downcast_ref::<Boxed>() {
            Some(error) => text_with_sources(&**error),
            // anyhow and eyre show the sources in the alternate form.
            None => format!("{error:#}"),
        };
        // Without this layer, the text might never have been formatted.
        let text = || contain_panics(text).unwrap_or_else(|_| "its text panicked".to_owned());
        Self::Error(has_text.then(text))
    }

    pub(super) fn panic(payload: &(dyn Any + Send)) -> Self {
        // The payloads of `panic!` without and with arguments.
        let literal = payload.downcast_ref::<&'static str>().map(|text| (*text).to_owned());
        Self::Panic(literal.or_else(|| payload.downcast_ref::<String>().cloned()))
    }
}

/// Returns a method as a tag. Clients can invent methods, so unknown ones are `other`.
fn method_tag(method: &Method) -> &'static str {
    // By name, since `Method::QUERY` needs http 1.5.
    const NAMED: [&str; 10] =
        ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "CONNECT", "PATCH", "TRACE", "QUERY"];
    NAMED.into_iter().find(|named| *named == method.as_str()).unwrap_or("other")
}

/// Returns a status as a tag. Those from 600 are invalid, and treated as server errors (RFC 9110,
/// section 15).
fn status_tag(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}

/// Replaces braces, which tags cannot have: `{id}` becomes `:id`, and `{*path}` becomes `:path`.
fn replace_braces(route: Cow<'static, str>) -> Cow<'static, str> {
    if !route.contains('{') {
        return route;
    }
    let shown = route.chars().filter(|c| !matches!(c, '*' | '}'));
    shown.map(|c| if c == '{' { ':' } else { c }).collect()
}
