//! What is known of one request, and what is sent of it.

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

/// A request from its beginning on. Its drop sends it, so it is sent once, however it ends.
#[derive(Debug)]
pub(super) struct Record {
    stats: Stats,
    has_events: bool,
    method: &'static str,
    route: Cow<'static, str>,
    started: Instant,
    outcome: Outcome,
}

/// How a request has ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Answered(StatusCode),
    /// The service returned an error, of which this is the text.
    Error(String),
    /// It panicked, with this message if it was a text.
    Panic(Option<String>),
    /// Nobody waits for it any more.
    Dropped,
}

impl Record {
    pub(super) fn begin(stats: Stats, has_events: bool, method: &Method) -> Self {
        Self {
            stats,
            has_events,
            method: method_tag(method),
            route: Cow::Borrowed(UNMATCHED),
            started: Instant::now(),
            outcome: Outcome::Dropped,
        }
    }

    pub(super) fn set_route(&mut self, route: Option<Cow<'static, str>>) {
        if let Some(route) = route.filter(|route| !route.is_empty()) {
            self.route = without_braces(route);
        }
    }

    pub(super) fn end(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }

    fn event(&self, happened: &str, tags: Tags<'_>) -> Event {
        let (method, route) = (self.method, &*self.route);
        Event::new(format!("Exception occurred at {route}"), format!("{method} {route} {happened}"))
            .alert_type(AlertType::Error)
            .aggregation_key(route)
            .tags(tags)
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let milliseconds = Unit::Milliseconds.convert(self.started.elapsed());
        let (status, is_failure) = match &self.outcome {
            Outcome::Answered(status) => (class(*status), status.as_u16() >= 500),
            Outcome::Error(_) => ("error", true),
            Outcome::Panic(_) => ("panic", true),
            Outcome::Dropped => ("dropped", true),
        };
        let tags = &[("method", self.method), ("route", &*self.route), ("status", status)];
        let count = if is_failure { "requests.failed" } else { "requests.successful" };
        self.stats.increment(count, 1, tags);
        self.stats.histogram("requests.time_ms", milliseconds, tags);

        let happened = match &self.outcome {
            Outcome::Error(text) => format!("failed: {text}"),
            Outcome::Panic(Some(message)) => format!("panicked: {message}"),
            Outcome::Panic(None) => "panicked".to_owned(),
            Outcome::Answered(_) | Outcome::Dropped => return,
        };
        if self.has_events {
            self.stats.event(self.event(&happened, tags));
        }
    }
}

impl Outcome {
    pub(super) fn error<E: fmt::Display + 'static>(error: &E) -> Self {
        type Boxed = Box<dyn Error + Send + Sync>;
        // A boxed error, which is what tower's own layers return, is no `Error` itself.
        let text = || match (error as &dyn Any).downcast_ref::<Boxed>() {
            Some(error) => text_with_sources(&**error),
            // The alternate form is where anyhow and eyre show the sources.
            None => format!("{error:#}"),
        };
        // Without this layer nobody might have asked for the text.
        Self::Error(contain_panics(text).unwrap_or_else(|_| "its text panicked".to_owned()))
    }

    pub(super) fn panic(payload: &(dyn Any + Send)) -> Self {
        // What `panic!` makes: the one without arguments, the other with some.
        let literal = payload.downcast_ref::<&'static str>().map(|text| (*text).to_owned());
        Self::Panic(literal.or_else(|| payload.downcast_ref::<String>().cloned()))
    }
}

/// A method as a tag. There is no end of methods that a client can make up.
fn method_tag(method: &Method) -> &'static str {
    static NAMED: [Method; 10] = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::CONNECT,
        Method::PATCH,
        Method::TRACE,
        Method::QUERY,
    ];
    NAMED.iter().find(|named| *named == method).map_or("other", Method::as_str)
}

/// Statuses from 600 on are invalid, and to be treated as server errors (RFC 9110, section 15).
fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}

/// A route as Datadog's tags can show it: `{id}` as `:id`, and `{*path}` as `:path`.
fn without_braces(route: Cow<'static, str>) -> Cow<'static, str> {
    if !route.contains('{') {
        return route;
    }
    let shown = route.chars().filter(|c| !matches!(c, '*' | '}'));
    shown.map(|c| if c == '{' { ':' } else { c }).collect()
}
