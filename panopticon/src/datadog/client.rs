//! The client: checks the input of each call and hands it to a sink.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::delivery::{Delivery, Tally};
use super::error::FlushError;
use super::event::Event;
use super::metric::{Kind, Sample, Tags, Value};
use super::sanitize;
use super::service_check::ServiceCheck;
use super::sink::Sink;
use super::stats_settings::{Configuration, StatsSettings};
use super::unit::Unit;
use super::unix_time::unix_seconds;
use crate::health::Health;
use crate::settings::SettingWarning;

/// A client that sends statistics. Clones are cheap and share a connection; the default client is
/// disabled.
///
/// It has the same methods as the module, which uses the [installed](super::installed) client.
/// Except for [`flush`](Self::flush), none of them blocks, fails or panics; lost calls are counted;
/// see [`delivery`](Self::delivery). A disabled client does nothing at all.
///
/// ```
/// use panopticon::datadog::testing::Recorder;
/// use panopticon::datadog::Stats;
///
/// struct Orders {
///     stats: Stats,
/// }
///
/// impl Orders {
///     fn place(&self) {
///         self.stats.increment("orders.placed", 1, &[("kind", "book")]);
///     }
/// }
///
/// let recorder = Recorder::new();
/// Orders { stats: recorder.stats() }.place();
/// assert_eq!(recorder.sum("orders.placed", &[("kind", "book")]), 1.0);
/// ```
#[derive(Clone)]
pub struct Stats {
    state: State,
    /// The sample rate of metrics, not checked yet.
    rate: f64,
}

#[derive(Clone, Default)]
enum State {
    /// Without settings.
    #[default]
    Absent,
    Disabled(Arc<Configuration>),
    Enabled(Arc<StatsInner>),
}

struct StatsInner {
    sink: Box<dyn Sink>,
    tally: Arc<Tally>,
    /// `None` for a test's recorder, which adds no prefix and no tags.
    configuration: Option<Configuration>,
    /// The maximum length of a name without the prefix.
    max_name: usize,
}

impl Stats {
    /// Returns a client that does nothing.
    #[must_use]
    pub const fn disabled() -> Self {
        Self { state: State::Absent, rate: 1.0 }
    }

    pub(super) fn configured_disabled(configuration: Configuration) -> Self {
        Self { state: State::Disabled(Arc::new(configuration)), rate: 1.0 }
    }

    pub(super) fn new(
        sink: impl Sink + 'static,
        tally: Arc<Tally>,
        configuration: Option<Configuration>,
    ) -> Self {
        let max_name = max_name(configuration.as_ref());
        let inner = StatsInner { sink: Box::new(sink), tally, configuration, max_name };
        Self { state: State::Enabled(Arc::new(inner)), rate: 1.0 }
    }

    #[inline]
    fn inner(&self) -> Option<&StatsInner> {
        match &self.state {
            State::Enabled(inner) => Some(inner),
            State::Absent | State::Disabled(_) => None,
        }
    }

    fn configuration(&self) -> Option<&Configuration> {
        match &self.state {
            State::Absent => None,
            State::Disabled(configuration) => Some(configuration),
            State::Enabled(inner) => inner.configuration.as_ref(),
        }
    }

    /// Returns the settings in effect, even if they disable the client. `None` for a client without
    /// settings, which is that of [`disabled()`](Self::disabled) or of a
    /// [recorder](crate::datadog::testing::Recorder).
    ///
    /// ```
    /// use panopticon::datadog::Stats;
    ///
    /// let stats = Stats::builder().prefix("shop").build()?;
    /// assert_eq!(stats.settings().map(|settings| &*settings.prefix), Some("shop"));
    /// # Ok::<(), panopticon::datadog::StatsError>(())
    /// ```
    #[must_use]
    pub fn settings(&self) -> Option<&StatsSettings> {
        self.configuration().map(|configuration| &configuration.settings)
    }

    /// Returns the environment variables that could not be used, or only in part, such as
    /// `DD_TAGS=team:`. The feature `tracing` logs them as well.
    #[must_use]
    pub fn setting_warnings(&self) -> &[SettingWarning] {
        self.configuration().map_or(&[], |configuration| &configuration.warnings)
    }

    /// Returns the name under which Datadog receives a metric or a service check: with the prefix,
    /// and with only the characters and the length that Datadog accepts. `None` for an empty name.
    ///
    /// A recorder adds no prefix, and neither does a client without settings. If statistics go to
    /// the API, a histogram becomes several metrics, each with a suffix.
    ///
    /// ```
    /// use panopticon::datadog::Stats;
    ///
    /// let stats = Stats::builder().prefix("shop").build()?;
    /// assert_eq!(stats.full_name("orders placed").as_deref(), Some("shop.orders_placed"));
    /// # Ok::<(), panopticon::datadog::StatsError>(())
    /// ```
    #[must_use]
    pub fn full_name(&self, name: &str) -> Option<String> {
        let configuration = self.configuration();
        let name = sanitize::metric_name(name, max_name(configuration))?;
        Some(match configuration {
            Some(configuration) => format!("{}.{name}", configuration.settings.prefix),
            None => name.into_owned(),
        })
    }

    /// Returns whether the client sends anything.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        matches!(self.state, State::Enabled(_))
    }

    /// Returns a client that sends only this share of the calls, chosen at random, with the rate, by
    /// which Datadog multiplies their number. Use it where sending every value costs too much:
    ///
    /// ```
    /// use panopticon::datadog;
    ///
    /// let sampled = datadog::installed().sampled(0.1);
    /// for size in [312, 4, 1_024] {
    ///     sampled.histogram("packet.size", size, &[]);
    /// }
    /// ```
    ///
    /// The rate is more than 0 and at most 1; with another one, metrics are
    /// [refused](Delivery::refused). It is for histograms, distributions and timings that go to an
    /// Agent, as in Datadog's own clients. Counts are added up in the process, so that all of them
    /// are part of the sum; they are sampled only without [aggregation](super#aggregation). Gauges,
    /// sets, events, service checks and calls to the API are never left out. A
    /// [recorder](super::testing::Recorder) records every call, with its rate. Calls that are left
    /// out are in no count of [`delivery`](Self::delivery).
    #[must_use]
    pub fn sampled(&self, rate: f64) -> Self {
        Self { state: self.state.clone(), rate }
    }

    /// Sets a gauge; see [`datadog::gauge`](super::gauge).
    #[inline]
    pub fn gauge(&self, name: &str, value: impl Into<Value>, tags: Tags<'_>) {
        self.sample(Kind::Gauge, name, value, tags);
    }

    /// Increments a count; see [`datadog::increment`](super::increment).
    #[inline]
    pub fn increment(&self, name: &str, by: impl Into<Value>, tags: Tags<'_>) {
        self.sample(Kind::Count, name, by, tags);
    }

    /// Decrements a count; see [`datadog::decrement`](super::decrement).
    #[inline]
    pub fn decrement(&self, name: &str, by: impl Into<Value>, tags: Tags<'_>) {
        if self.is_enabled() {
            self.sample(Kind::Count, name, by.into().negated(), tags);
        }
    }

    /// Sets a gauge at a time of its own; see
    /// [`datadog::gauge_with_timestamp`](super::gauge_with_timestamp).
    pub fn gauge_with_timestamp(
        &self,
        name: &str,
        value: impl Into<Value>,
        tags: Tags<'_>,
        at: SystemTime,
    ) {
        self.sample_at(Kind::Gauge, name, value, tags, at);
    }

    /// Increments a count at a time of its own; see
    /// [`datadog::increment_with_timestamp`](super::increment_with_timestamp).
    pub fn increment_with_timestamp(
        &self,
        name: &str,
        by: impl Into<Value>,
        tags: Tags<'_>,
        at: SystemTime,
    ) {
        self.sample_at(Kind::Count, name, by, tags, at);
    }

    /// Adds a value to a set; see [`datadog::set`](super::set).
    pub fn set(&self, name: &str, value: impl fmt::Display, tags: Tags<'_>) {
        if let Some(inner) = self.inner() {
            inner.set(name, &value.to_string(), tags);
        }
    }

    /// Adds a value to a histogram; see [`datadog::histogram`](super::histogram).
    #[inline]
    pub fn histogram(&self, name: &str, value: impl Into<Value>, tags: Tags<'_>) {
        self.sample(Kind::Histogram, name, value, tags);
    }

    /// Adds a value to a distribution; see [`datadog::distribution`](super::distribution).
    #[inline]
    pub fn distribution(&self, name: &str, value: impl Into<Value>, tags: Tags<'_>) {
        self.sample(Kind::Distribution, name, value, tags);
    }

    /// Adds a duration to a histogram; see [`datadog::timing`](super::timing).
    #[inline]
    pub fn timing(&self, name: &str, time: Duration, tags: Tags<'_>) {
        if self.is_enabled() {
            self.sample(Kind::Timing, name, Unit::Milliseconds.convert(time), tags);
        }
    }

    /// Sends an event; see [`datadog::event`](super::event).
    pub fn event(&self, event: Event) {
        match self.inner() {
            // The Agent rejects such events.
            Some(inner) if event.title.is_empty() => {
                inner.tally.count_refused(1, "an event has no title");
            }
            Some(inner) if event.tags.len() > MAX_TAGS => {
                inner.tally.count_refused(1, &too_many_tags(&event.title, event.tags.len()));
            }
            Some(inner) => inner.sink.event(event),
            None => {}
        }
    }

    /// Sends a service check; see [`datadog::service_check`](super::service_check).
    pub fn service_check(&self, check: ServiceCheck) {
        let Some(inner) = self.inner() else { return };
        match sanitize::metric_name(&check.name, inner.max_name) {
            None => inner.tally.count_refused(1, "a service check has no name"),
            Some(name) if check.tags.len() > MAX_TAGS => {
                inner.tally.count_refused(1, &too_many_tags(&name, check.tags.len()));
            }
            Some(name) => {
                let name = name.into_owned();
                inner.sink.service_check(ServiceCheck { name, ..check });
            }
        }
    }

    /// Sends everything accepted before this call, and blocks until that is done or the timeout has
    /// passed. In async code, call it within `tokio::task::spawn_blocking`.
    ///
    /// Call it before `std::process::exit`, which drops no guard; see the
    /// [module](super#at-the-end-of-the-process).
    ///
    /// # Errors
    ///
    /// If the timeout passes first. Calls dropped meanwhile are not an error here; see
    /// [`delivery`](Self::delivery).
    pub fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        match self.inner() {
            Some(inner) if !inner.sink.flush(timeout) => Err(FlushError {
                timeout,
                problem: self.delivery().recent_problem().map(str::to_owned),
            }),
            _ => Ok(()),
        }
    }

    /// Returns the number of calls sent, dropped and refused so far.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.inner().map(|inner| inner.tally.delivery()).unwrap_or_default()
    }

    /// Reports as a health check whether statistics are delivered: degraded, with the reason, if
    /// some were lost or held back within the last minute; otherwise healthy, even if the client is
    /// disabled. The [`Delivery`] is the detail `delivery`.
    ///
    /// ```
    /// use std::future::ready;
    ///
    /// use panopticon::{CheckOptions, Panopticon, Status, datadog};
    ///
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let health = Panopticon::empty()
    ///     .check("statistics", CheckOptions::new().critical(false), || {
    ///         ready(datadog::installed().health())
    ///     })
    ///     .build()?;
    /// assert_eq!(health.report().await.status(), Status::Healthy);
    /// # Ok::<(), panopticon::BuildError>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn health(&self) -> Health {
        let delivery = self.delivery();
        let health = match delivery.recent_problem() {
            Some(problem) => Health::degraded(problem),
            None if self.is_enabled() => Health::healthy("statistics are delivered"),
            None => Health::healthy("statistics are disabled"),
        };
        health.with("delivery", delivery)
    }

    /// Returns a guard that flushes the client when dropped, for the end of `main`.
    pub fn flush_on_drop(&self) -> FlushGuard {
        FlushGuard { stats: self.clone() }
    }

    #[inline]
    fn sample(&self, kind: Kind, name: &str, value: impl Into<Value>, tags: Tags<'_>) {
        if let Some(inner) = self.inner() {
            let value = value.into();
            inner.sample(&Sample { kind, name, value, tags, rate: self.rate, timestamp: None });
        }
    }

    fn sample_at(
        &self,
        kind: Kind,
        name: &str,
        value: impl Into<Value>,
        tags: Tags<'_>,
        at: SystemTime,
    ) {
        if let Some(inner) = self.inner() {
            let (value, timestamp) = (value.into(), Some(unix_seconds(at)));
            inner.sample(&Sample { kind, name, value, tags, rate: self.rate, timestamp });
        }
    }
}

impl Default for Stats {
    fn default() -> Self {
        Self::disabled()
    }
}

/// Returns the maximum length of a name without the prefix.
fn max_name(configuration: Option<&Configuration>) -> usize {
    configuration.map_or(sanitize::MAX_NAME, |configuration| {
        sanitize::MAX_NAME - configuration.settings.prefix.len() - 1
    })
}

/// The maximum number of tags of a call. The calls that wait for the API are limited in number, so
/// the size of each must be limited as well.
const MAX_TAGS: usize = 100;

/// The maximum length of a set's value, in bytes.
const MAX_SET_VALUE: usize = 200;

fn too_many_tags(name: &str, count: usize) -> String {
    format!("`{name}` has {count} tags; the maximum is {MAX_TAGS}")
}

impl StatsInner {
    /// Sends a value whose name and tags are not sanitized yet.
    fn sample(&self, sample: &Sample<'_>) {
        let Some(name) = self.accept(sample.name, sample.tags) else { return };
        let (value, rate) = (sample.value, sample.rate);
        if !value.is_finite() {
            let problem = format!("metric `{name}` is {value}, not a number");
            return self.tally.count_refused(1, &problem);
        }
        // The Agent rejects the time 0, which stands for all earlier ones.
        if sample.timestamp == Some(0) {
            let problem = format!("metric `{name}` has a time before 1970-01-01T00:00:01Z");
            return self.tally.count_refused(1, &problem);
        }
        if !(rate > 0.0 && rate <= 1.0) {
            return self.tally.count_refused(
                1,
                &format!(
                    "metric `{name}` has the sample rate {rate}; it must be more than 0 and at most 1"
                ),
            );
        }
        with_plain_tags(sample.tags, |tags| {
            self.sink.sample(&Sample { name: &name, tags, ..*sample });
        });
    }

    fn set(&self, name: &str, value: &str, tags: Tags<'_>) {
        let Some(name) = self.accept(name, tags) else { return };
        let Some(value) = sanitize::field(value, MAX_SET_VALUE) else {
            let problem = format!("set `{name}` has a value without a text");
            return self.tally.count_refused(1, &problem);
        };
        with_plain_tags(tags, |tags| self.sink.set(&name, &value, tags));
    }

    /// Returns the sanitized name of a metric, unless it is refused.
    fn accept<'a>(&self, name: &'a str, tags: Tags<'_>) -> Option<Cow<'a, str>> {
        let Some(plain) = sanitize::metric_name(name, self.max_name) else {
            self.tally.count_refused(1, "a metric has no name");
            return None;
        };
        if tags.len() > MAX_TAGS {
            self.tally.count_refused(1, &too_many_tags(&plain, tags.len()));
            return None;
        }
        Some(plain)
    }
}

/// Calls the function with sanitized tags.
fn with_plain_tags(tags: Tags<'_>, send: impl FnOnce(Tags<'_>)) {
    if tags.iter().all(|(key, value)| sanitize::is_plain_tag(key, value)) {
        return send(tags);
    }
    let tags: Vec<_> = tags.iter().map(|(key, value)| sanitize::tag(key, value)).collect();
    let tags: Vec<_> = tags.iter().map(|(key, value)| (&**key, &**value)).collect();
    send(&tags);
}

impl fmt::Debug for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.inner() {
            Some(inner) => f.debug_tuple("Stats").field(&inner.sink).finish(),
            None => f.write_str("Stats(disabled)"),
        }
    }
}

/// A guard that flushes a client when dropped, for at most [2 seconds](Self::TIMEOUT).
#[derive(Debug)]
#[must_use = "the guard flushes when dropped, so bind it to a name: `let _stats = …`"]
pub struct FlushGuard {
    stats: Stats,
}

impl FlushGuard {
    /// How long the flush on drop may take.
    pub const TIMEOUT: Duration = Duration::from_secs(2);

    /// Returns the client that is flushed.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }
}

impl Drop for FlushGuard {
    fn drop(&mut self) {
        // There is no caller to return an error to.
        let _ = self.stats.flush(Self::TIMEOUT);
    }
}
