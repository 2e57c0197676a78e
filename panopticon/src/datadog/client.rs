//! The client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::delivery::{Delivery, Tally};
use super::error::FlushError;
use super::event::Event;
use super::metric::{Kind, Sample, Tags, Value};
use super::sanitize;
use super::service_check::ServiceCheck;
use super::sink::Sink;
use super::unit::Unit;
use crate::health::Health;

/// A client of statistics. Clones are cheap and send the same way; the default one is disabled.
///
/// Its methods are those of the module, which use the [installed](super::installed) client. None
/// of them waits, fails or panics; what is lost is counted, see [`delivery`](Self::delivery). A
/// disabled client does nothing at all.
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
#[derive(Clone, Default)]
pub struct Stats {
    client: Option<Arc<Client>>,
}

struct Client {
    sink: Box<dyn Sink>,
    tally: Arc<Tally>,
    /// The longest name, without the prefix.
    max_name: usize,
}

impl Stats {
    /// A client that does nothing.
    #[must_use]
    pub const fn disabled() -> Self {
        Self { client: None }
    }

    pub(super) fn new(sink: impl Sink + 'static, tally: Arc<Tally>, prefix: &str) -> Self {
        let max_name = match prefix {
            "" => sanitize::MAX_NAME,
            prefix => sanitize::MAX_NAME - prefix.len() - 1,
        };
        Self { client: Some(Arc::new(Client { sink: Box::new(sink), tally, max_name })) }
    }

    /// Whether it sends anything.
    #[must_use]
    pub const fn is_enabled(&self) -> bool {
        self.client.is_some()
    }

    /// See [`datadog::gauge`](super::gauge).
    #[inline]
    pub fn gauge(&self, name: &str, value: impl Into<Value>, tags: Tags<'_>) {
        self.sample(Kind::Gauge, name, value, tags);
    }

    /// See [`datadog::increment`](super::increment).
    #[inline]
    pub fn increment(&self, name: &str, by: impl Into<Value>, tags: Tags<'_>) {
        self.sample(Kind::Count, name, by, tags);
    }

    /// See [`datadog::decrement`](super::decrement).
    #[inline]
    pub fn decrement(&self, name: &str, by: impl Into<Value>, tags: Tags<'_>) {
        if self.is_enabled() {
            self.sample(Kind::Count, name, by.into().negated(), tags);
        }
    }

    /// See [`datadog::histogram`](super::histogram).
    #[inline]
    pub fn histogram(&self, name: &str, value: impl Into<Value>, tags: Tags<'_>) {
        self.sample(Kind::Histogram, name, value, tags);
    }

    /// See [`datadog::distribution`](super::distribution).
    #[inline]
    pub fn distribution(&self, name: &str, value: impl Into<Value>, tags: Tags<'_>) {
        self.sample(Kind::Distribution, name, value, tags);
    }

    /// See [`datadog::timing`](super::timing).
    #[inline]
    pub fn timing(&self, name: &str, time: Duration, tags: Tags<'_>) {
        if self.is_enabled() {
            self.sample(Kind::Timing, name, Unit::Milliseconds.convert(time), tags);
        }
    }

    /// See [`datadog::event`](super::event).
    pub fn event(&self, event: Event) {
        match &self.client {
            // The Agent takes no such event.
            Some(client) if event.title.is_empty() => {
                client.tally.refused(&"an event has no title");
            }
            Some(client) if event.tags.len() > MAX_TAGS => {
                client.tally.refused(&too_many_tags(&event.title, event.tags.len()));
            }
            Some(client) => client.sink.event(event),
            None => {}
        }
    }

    /// See [`datadog::service_check`](super::service_check).
    pub fn service_check(&self, check: ServiceCheck) {
        let Some(client) = &self.client else { return };
        match sanitize::metric_name(&check.name, client.max_name) {
            None => client.tally.refused(&"a service check has no name"),
            Some(name) if check.tags.len() > MAX_TAGS => {
                client.tally.refused(&too_many_tags(&name, check.tags.len()));
            }
            Some(name) => {
                let name = name.into_owned();
                client.sink.service_check(ServiceCheck { name, ..check });
            }
        }
    }

    /// Sends what was accepted before this call, and waits for that, at most as long as given. It
    /// blocks; in async code it belongs into `tokio::task::spawn_blocking`.
    ///
    /// # Errors
    ///
    /// If that took longer. What could not be sent meanwhile is no error here, see
    /// [`delivery`](Self::delivery).
    pub fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        match &self.client {
            Some(client) if !client.sink.flush(timeout) => Err(FlushError {
                timeout,
                problem: self.delivery().recent_problem().map(str::to_owned),
            }),
            _ => Ok(()),
        }
    }

    /// What has become of the calls so far.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.client.as_ref().map(|client| client.tally.delivery()).unwrap_or_default()
    }

    /// Whether statistics get through, for a health check: degraded while something kept some of
    /// them back within the last minute, with the reason, and healthy otherwise, also where they are disabled. The
    /// [`Delivery`] is its detail `delivery`.
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
            None if self.is_enabled() => Health::healthy("statistics get through"),
            None => Health::healthy("statistics are disabled"),
        };
        health.with("delivery", delivery)
    }

    /// A guard that flushes when it is dropped, for the end of `main`.
    pub fn flush_on_drop(&self) -> FlushGuard {
        FlushGuard { stats: self.clone() }
    }

    #[inline]
    fn sample(&self, kind: Kind, name: &str, value: impl Into<Value>, tags: Tags<'_>) {
        if let Some(client) = &self.client {
            client.sample(kind, name, value.into(), tags);
        }
    }
}

/// The most tags of a call. What waits for the API is bounded by its count, so each must be too.
const MAX_TAGS: usize = 100;

fn too_many_tags(name: &str, count: usize) -> String {
    format!("`{name}` has {count} tags, which may be at most {MAX_TAGS}")
}

impl Client {
    fn sample(&self, kind: Kind, name: &str, value: Value, tags: Tags<'_>) {
        let Some(plain) = sanitize::metric_name(name, self.max_name) else {
            return self.tally.refused(&"a metric has no name");
        };
        if tags.len() > MAX_TAGS {
            return self.tally.refused(&too_many_tags(&plain, tags.len()));
        }
        if !value.is_finite() {
            let problem = format!("metric `{plain}` is {}, not a number", value.as_f64());
            return self.tally.refused(&problem);
        }
        if tags.iter().all(|(key, value)| sanitize::is_plain_tag(key, value)) {
            return self.sink.sample(&Sample { kind, name: &plain, value, tags });
        }
        let tags: Vec<_> = tags.iter().map(|(key, value)| sanitize::tag(key, value)).collect();
        let tags: Vec<_> = tags.iter().map(|(key, value)| (&**key, &**value)).collect();
        self.sink.sample(&Sample { kind, name: &plain, value, tags: &tags });
    }
}

impl fmt::Debug for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.client {
            Some(client) => f.debug_tuple("Stats").field(&client.sink).finish(),
            None => f.write_str("Stats(disabled)"),
        }
    }
}

/// Flushes when it is dropped, and waits for that at most [2 seconds](Self::TIMEOUT).
#[derive(Debug)]
#[must_use = "it flushes when it is dropped, at once where it has no name: write `let _stats = …`"]
pub struct FlushGuard {
    stats: Stats,
}

impl FlushGuard {
    /// How long dropping one may take.
    pub const TIMEOUT: Duration = Duration::from_secs(2);

    /// The client that is flushed.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }
}

impl Drop for FlushGuard {
    fn drop(&mut self) {
        // What is not sent by now is lost with the process; `Delivery` has counted it.
        let _ = self.stats.flush(Self::TIMEOUT);
    }
}
