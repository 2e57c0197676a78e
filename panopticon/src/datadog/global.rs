//! The process-wide client, and the functions that use it.

use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use super::client::Stats;
use super::error::{FlushError, StatsError, StatsProblem};
use super::event::Event;
use super::metric::{Tags, Value};
use super::service_check::ServiceCheck;
use super::timed_block::Timer;

static INSTALLED: OnceLock<Stats> = OnceLock::new();

/// Makes a client the process-wide one.
pub(super) fn install(stats: &Stats) -> Result<(), StatsError> {
    INSTALLED.set(stats.clone()).map_err(|_| StatsProblem::InstalledTwice.into())
}

/// Returns whether a client is installed and sends anything.
#[inline]
pub(super) fn is_enabled() -> bool {
    INSTALLED.get().is_some_and(Stats::is_enabled)
}

/// Returns the process-wide client, or a disabled one if none is
/// [installed](super::StatsBuilder::install).
///
/// A client returned before the installation stays disabled.
#[must_use]
pub fn installed() -> Stats {
    INSTALLED.get().cloned().unwrap_or_default()
}

/// Sets a gauge: the current value of something that goes up and down, such as a queue's length.
/// Datadog keeps the latest value.
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

/// Increments a count. Datadog shows the total of a time span, and the rate per second.
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

/// Decrements a count, the opposite of [`increment`].
#[inline]
pub fn decrement(name: &str, by: impl Into<Value>, tags: Tags<'_>) {
    if let Some(stats) = INSTALLED.get() {
        stats.decrement(name, by, tags);
    }
}

/// Sets a gauge at a time of its own, for values that are known later, such as those of a night's
/// job. It is sent as it is, in whole seconds, and not combined with others.
///
/// Datadog [accepts](https://docs.datadoghq.com/metrics/custom_metrics/historical_metrics/) values
/// of the last hour, or as far back as it is configured. To an Agent, this needs Agent 7.40 or later.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// let at = SystemTime::now() - Duration::from_secs(300);
/// panopticon::datadog::gauge_with_timestamp("import.rows", 312, &[], at);
/// ```
pub fn gauge_with_timestamp(name: &str, value: impl Into<Value>, tags: Tags<'_>, at: SystemTime) {
    if let Some(stats) = INSTALLED.get() {
        stats.gauge_with_timestamp(name, value, tags, at);
    }
}

/// Increments a count at a time of its own, as [`gauge_with_timestamp`] does with a gauge.
///
/// Datadog adds nothing up here: of several values with the same metric, tags and second, it keeps
/// the latest. Send the sum of a second's calls.
pub fn increment_with_timestamp(name: &str, by: impl Into<Value>, tags: Tags<'_>, at: SystemTime) {
    if let Some(stats) = INSTALLED.get() {
        stats.increment_with_timestamp(name, by, tags, at);
    }
}

/// Adds a value to a set, of which Datadog shows the number of different values, such as the users
/// of a page. A value is any text or number, of at most 200 bytes; a `|` or line break in it is sent
/// as `_`.
///
/// ```
/// panopticon::datadog::set("page.users", 312, &[("page", "orders")]);
/// ```
pub fn set(name: &str, value: impl fmt::Display, tags: Tags<'_>) {
    if let Some(stats) = INSTALLED.get() {
        stats.set(name, value, tags);
    }
}

/// Adds a value to a histogram: a metric each for the minimum, maximum, average, count and
/// percentiles of the values of one host.
#[inline]
pub fn histogram(name: &str, value: impl Into<Value>, tags: Tags<'_>) {
    if let Some(stats) = INSTALLED.get() {
        stats.histogram(name, value, tags);
    }
}

/// Adds a value to a distribution: like a [`histogram`], but computed by Datadog from the values of
/// all hosts.
#[inline]
pub fn distribution(name: &str, value: impl Into<Value>, tags: Tags<'_>) {
    if let Some(stats) = INSTALLED.get() {
        stats.distribution(name, value, tags);
    }
}

/// Adds a duration to a histogram, in milliseconds with fractions. To time a whole function, use
/// [`#[track_time]`](crate::track_time).
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

/// Starts a timer, which sends a [`timing`] when it is dropped, at the end of the block:
///
/// ```
/// use panopticon::datadog;
///
/// fn import(path: &str) -> std::io::Result<usize> {
///     let timer = datadog::timer("import").tags(&[("supplier", "acme")]);
///     let text = std::fs::read_to_string(path)?;
///     if text.is_empty() {
///         timer.discard();
///     }
///     Ok(text.lines().count())
/// }
/// # let _ = import("/");
/// ```
///
/// The client is the one that is installed when the timer starts. To time a whole function, use
/// [`#[track_time]`](crate::track_time).
pub fn timer(name: &str) -> Timer<'_> {
    installed().timer(name)
}

/// Sends everything that the [installed](super::StatsBuilder::install) client accepted before this
/// call, and blocks until that is done or the timeout has passed; see [`Stats::flush`].
///
/// ```no_run
/// use std::time::Duration;
///
/// use panopticon::datadog;
///
/// datadog::increment("imports.failed", 1, &[]);
/// // `exit` runs no destructors, so the guard that `install` returns does not flush.
/// let _ = datadog::flush(Duration::from_secs(2));
/// std::process::exit(1);
/// ```
///
/// # Errors
///
/// If the timeout passes first.
pub fn flush(timeout: Duration) -> Result<(), FlushError> {
    INSTALLED.get().map_or(Ok(()), |stats| stats.flush(timeout))
}

/// Sends an event to Datadog's event stream.
pub fn event(event: Event) {
    if let Some(stats) = INSTALLED.get() {
        stats.event(event);
    }
}

/// Sends a service check: the status of something the service depends on.
/// [`HealthPublisher`](super::HealthPublisher) sends one for every health check.
pub fn service_check(check: ServiceCheck) {
    if let Some(stats) = INSTALLED.get() {
        stats.service_check(check);
    }
}
