//! The record of a request, which sends its statistics when dropped.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Instant;

use http::{Method, StatusCode};

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
    outcome: RequestOutcome,
}

/// Whether an event is sent for an error or a panic of the service, and what it contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestEvents {
    None,
    WithoutPanicMessages,
    WithPanicMessages,
}

/// The outcome of a request.
#[derive(Debug)]
pub(super) enum RequestOutcome {
    Response(StatusCode),
    /// The service returned an error with this text.
    Error(String),
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
            outcome: RequestOutcome::Dropped,
        }
    }

    pub(super) fn set_route(&mut self, route: Option<Cow<'static, str>>) {
        if let Some(route) = route.filter(|route| !route.is_empty()) {
            self.route = replace_braces(route);
        }
    }

    pub(super) fn end(mut self, outcome: RequestOutcome) {
        self.outcome = outcome;
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
        let milliseconds = Unit::Milliseconds.convert(self.started.elapsed());
        let (status, is_failure) = match &self.outcome {
            RequestOutcome::Response(status) => (status_tag(*status), status.as_u16() >= 500),
            RequestOutcome::Error(_) => ("error", true),
            RequestOutcome::Panic(_) => ("panic", true),
            RequestOutcome::Dropped => ("dropped", true),
        };
        let tags = &[("method", self.method), ("route", &*self.route), ("status", status)];
        let count = if is_failure { "requests.failed" } else { "requests.successful" };
        self.stats.increment(count, 1, tags);
        self.stats.histogram("requests.time_ms", milliseconds, tags);

        let description = match &self.outcome {
            RequestOutcome::Error(text) => format!("failed: {text}"),
            RequestOutcome::Panic(Some(message))
                if self.events == RequestEvents::WithPanicMessages =>
            {
                format!("panicked: {message}")
            }
            RequestOutcome::Panic(_) => "panicked".to_owned(),
            RequestOutcome::Response(_) | RequestOutcome::Dropped => return,
        };
        if self.events != RequestEvents::None {
            self.stats.event(self.event(&description, tags));
        }
    }
}

impl RequestOutcome {
    pub(super) fn error<E: fmt::Display + 'static>(error: &E) -> Self {
        type Boxed = Box<dyn Error + Send + Sync>;
        // A boxed error, which tower's own layers return, does not implement `Error` itself.
        let text = || match (error as &dyn Any).downcast_ref::<Boxed>() {
            Some(error) => text_with_sources(&**error),
            // anyhow and eyre show the sources in the alternate form.
            None => format!("{error:#}"),
        };
        // Without this layer, the text might never have been formatted.
        Self::Error(contain_panics(text).unwrap_or_else(|_| "its text panicked".to_owned()))
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
