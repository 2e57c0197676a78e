#![doc = include_str!("datadog.md")]

#[cfg(feature = "datadog-api")]
mod api;
mod builder;
mod client;
mod delivery;
mod dogstatsd;
mod error;
mod event;
mod health;
#[cfg(feature = "datadog-requests")]
pub mod requests;
mod service_check;
mod settings;
mod sink;
pub mod testing;
mod text;
pub(crate) mod timer;
mod value;

use std::sync::OnceLock;
use std::time::Duration;

pub use self::builder::StatsBuilder;
pub use self::client::{FlushGuard, Stats};
pub use self::delivery::Delivery;
pub use self::error::{FlushError, StatsError};
pub use self::event::{AlertType, Event, Priority};
pub use self::health::HealthPublisher;
pub use self::service_check::{ServiceCheck, ServiceStatus};
pub use self::settings::Transport;
pub use self::sink::Kind;
pub use self::value::Value;

/// Tags as keys and values, such as `&[("kind", "book")]`; `&[]` for none.
///
/// Letters, digits and `_ - : . /` are sent as they are, and `_` for each other character, as
/// [Datadog](https://docs.datadoghq.com/getting_started/tagging/#define-tags) would have it; a tag
/// takes at most 200 characters, its key and the colon between included. A call takes at most 100
/// tags.
pub type Tags<'a> = &'a [(&'a str, &'a str)];

/// The process-wide client, once it is installed.
static INSTALLED: OnceLock<Stats> = OnceLock::new();

/// The process-wide client: a disabled one until one is [installed](StatsBuilder::install). It is the
/// one of now: what was taken before the installation stays disabled.
#[must_use]
pub fn installed() -> Stats {
    INSTALLED.get().cloned().unwrap_or_default()
}

/// Makes a client the process-wide one.
fn install(stats: &Stats) -> Result<(), StatsError> {
    INSTALLED.set(stats.clone()).map_err(|_| error::Problem::InstalledTwice.into())
}

/// The state of something that goes up and down, such as a queue's length: the latest value holds.
///
/// ```
/// panopticon::datadog::gauge("queue.length", 12, &[("queue", "invoices")]);
/// ```
#[inline]
pub fn gauge(name: &str, value: impl Into<Value>, tags: Tags<'_>) {
    if let Some(stats) = INSTALLED.get() {
        stats.gauge(name, value, tags);
    }
}

/// Counts: Datadog shows how many there were in a time, and how many a second.
///
/// ```
/// panopticon::datadog::increment("orders.placed", 1, &[("kind", "book")]);
/// ```
#[inline]
pub fn increment(name: &str, by: impl Into<Value>, tags: Tags<'_>) {
    if let Some(stats) = INSTALLED.get() {
        stats.increment(name, by, tags);
    }
}

/// Counts down, what [`increment`] has counted.
#[inline]
pub fn decrement(name: &str, by: impl Into<Value>, tags: Tags<'_>) {
    if let Some(stats) = INSTALLED.get() {
        stats.decrement(name, by, tags);
    }
}

/// One of many values of which minimum, maximum, average, count and percentiles are of interest,
/// host by host. A metric is sent for each of these.
#[inline]
pub fn histogram(name: &str, value: impl Into<Value>, tags: Tags<'_>) {
    if let Some(stats) = INSTALLED.get() {
        stats.histogram(name, value, tags);
    }
}

/// As [`histogram`], of all hosts together: Datadog works it out from all values.
#[inline]
pub fn distribution(name: &str, value: impl Into<Value>, tags: Tags<'_>) {
    if let Some(stats) = INSTALLED.get() {
        stats.distribution(name, value, tags);
    }
}

/// A histogram of how long something takes, sent in milliseconds, fractions included. For whole
/// functions there is [`#[track_time]`](crate::track_time).
///
/// ```
/// use std::time::Instant;
///
/// let start = Instant::now();
/// // …
/// panopticon::datadog::timing("import", start.elapsed(), &[]);
/// ```
#[inline]
pub fn timing(name: &str, time: Duration, tags: Tags<'_>) {
    if let Some(stats) = INSTALLED.get() {
        stats.timing(name, time, tags);
    }
}

/// Tells Datadog's event stream of something that happened.
pub fn event(event: Event) {
    if let Some(stats) = INSTALLED.get() {
        stats.event(event);
    }
}

/// Tells Datadog the status of something that the service depends on.
/// [`HealthPublisher`] does that for all health checks.
pub fn service_check(check: ServiceCheck) {
    if let Some(stats) = INSTALLED.get() {
        stats.service_check(check);
    }
}
