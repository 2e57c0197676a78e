//! A recorder, with which tests assert what was sent.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::client::Stats;
use super::delivery::Tally;
use super::error::StatsError;
use super::event::Event;
use super::global::install;
use super::metric::{Kind, Sample, Tags, Value};
use super::sanitize::{self, owned_tag};
use super::service_check::ServiceCheck;
use super::sink::Sink;

/// A recorder of everything sent to its [client](Self::stats), without prefix and default tags.
///
/// ```
/// use panopticon::datadog::testing::Recorder;
///
/// let recorder = Recorder::new();
/// let stats = recorder.stats();
///
/// stats.increment("orders.placed", 1, &[("kind", "book")]);
/// stats.increment("orders.placed", 2, &[("kind", "book")]);
/// stats.gauge("queue.length", 12, &[]);
///
/// assert_eq!(recorder.sum("orders.placed", &[("kind", "book")]), 3.0);
/// assert_eq!(recorder.values("queue.length", &[]), [12.0]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    records: Arc<Mutex<Records>>,
}

#[derive(Debug, Default)]
struct Records {
    metrics: Vec<Recorded>,
    events: Vec<Event>,
    service_checks: Vec<ServiceCheck>,
    set_values: Vec<RecordedSetValue>,
}

#[derive(Debug)]
struct RecordedSetValue {
    name: String,
    value: String,
    tags: Vec<(String, String)>,
}

/// A recorded value of a metric.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Recorded {
    /// The metric's kind.
    pub kind: Kind,
    /// The metric's name as it would be sent, without the prefix.
    pub name: String,
    /// The value; negative for a decrement.
    pub value: Value,
    /// The call's tags, as they would be sent.
    pub tags: Vec<(String, String)>,
    /// The sample rate, from [`Stats::sampled`]; 1 without one. A recorder leaves no call out.
    pub sample_rate: f64,
    /// The time that the call gives, in seconds since 1970.
    pub timestamp: Option<u64>,
}

impl Recorder {
    /// Creates an empty recorder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a client that sends to this recorder.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::new(self.clone(), Arc::new(Tally::default()), None)
    }

    /// Installs the recorder's client process-wide, for code that uses the module's functions or
    /// `#[track_time]`. All tests of a process share it, so let each test look for its own name or
    /// tag.
    ///
    /// ```standalone_crate
    /// use std::sync::LazyLock;
    ///
    /// use panopticon::datadog::testing::Recorder;
    /// use panopticon::datadog;
    ///
    /// static RECORDED: LazyLock<Recorder> = LazyLock::new(|| {
    ///     let recorder = Recorder::new();
    ///     recorder.install().expect("nothing else installs one");
    ///     recorder
    /// });
    ///
    /// // In each test, before the code under test:
    /// let recorded = &*RECORDED;
    /// datadog::increment("orders.placed", 1, &[("test", "this one")]);
    /// assert_eq!(recorded.values("orders.placed", &[("test", "this one")]), [1.0]);
    /// ```
    ///
    /// # Errors
    ///
    /// If a client is already installed.
    pub fn install(&self) -> Result<(), StatsError> {
        install(&self.stats())
    }

    /// Returns all recorded values, in the order of the calls.
    #[must_use]
    pub fn metrics(&self) -> Vec<Recorded> {
        self.records().metrics.clone()
    }

    /// Returns the values of a metric with exactly these tags, in the order of the calls. The tags
    /// may be in any order. Write name and tags the way the call does, or the way they are sent.
    #[must_use]
    pub fn values(&self, name: &str, tags: Tags<'_>) -> Vec<f64> {
        let wanted = Wanted::new(name, tags);
        self.records()
            .metrics
            .iter()
            .filter(|recorded| wanted.is(&recorded.name, &recorded.tags))
            .map(|recorded| recorded.value.as_f64())
            .collect()
    }

    /// Returns the different values of a set with exactly these tags, as [`values`](Self::values)
    /// does for metrics with numbers.
    ///
    /// ```
    /// use panopticon::datadog::testing::Recorder;
    ///
    /// let recorder = Recorder::new();
    /// recorder.stats().set("page.users", "ada", &[]);
    /// recorder.stats().set("page.users", 7, &[]);
    /// recorder.stats().set("page.users", "ada", &[]);
    /// assert!(recorder.set_values("page.users", &[]).iter().eq(["7", "ada"]));
    /// ```
    #[must_use]
    pub fn set_values(&self, name: &str, tags: Tags<'_>) -> BTreeSet<String> {
        let wanted = Wanted::new(name, tags);
        self.records()
            .set_values
            .iter()
            .filter(|recorded| wanted.is(&recorded.name, &recorded.tags))
            .map(|recorded| recorded.value.clone())
            .collect()
    }

    /// Returns the sum of [`values`](Self::values), such as the total of a count.
    #[must_use]
    pub fn sum(&self, name: &str, tags: Tags<'_>) -> f64 {
        // `Iterator::sum` of no values is −0.
        self.values(name, tags).iter().fold(0.0, |sum, value| sum + value)
    }

    /// Returns all events, in the order of the calls.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.records().events.clone()
    }

    /// Returns all service checks, in the order of the calls.
    #[must_use]
    pub fn service_checks(&self) -> Vec<ServiceCheck> {
        self.records().service_checks.clone()
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name and tags of calls that a test asks for.
struct Wanted {
    name: String,
    tags: Vec<(String, String)>,
}

impl Wanted {
    fn new(name: &str, tags: Tags<'_>) -> Self {
        let name = sanitize::metric_name(name, sanitize::MAX_NAME).unwrap_or_default();
        let mut tags: Vec<_> = tags.iter().map(|(key, value)| owned_tag(key, value)).collect();
        tags.sort_unstable();
        Self { name: name.into_owned(), tags }
    }

    fn is(&self, name: &str, tags: &[(String, String)]) -> bool {
        let mut tags = tags.to_vec();
        tags.sort_unstable();
        self.name == name && self.tags == tags
    }
}

fn owned_tags(tags: Tags<'_>) -> Vec<(String, String)> {
    tags.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

impl Sink for Recorder {
    fn sample(&self, sample: &Sample<'_>) {
        let recorded = Recorded {
            kind: sample.kind,
            name: sample.name.to_owned(),
            value: sample.value,
            tags: owned_tags(sample.tags),
            sample_rate: sample.rate,
            timestamp: sample.timestamp,
        };
        self.records().metrics.push(recorded);
    }

    fn set(&self, name: &str, value: &str, tags: Tags<'_>) {
        let (name, value) = (name.to_owned(), value.to_owned());
        let recorded = RecordedSetValue { name, value, tags: owned_tags(tags) };
        self.records().set_values.push(recorded);
    }

    fn event(&self, event: Event) {
        self.records().events.push(event);
    }

    fn service_check(&self, check: ServiceCheck) {
        self.records().service_checks.push(check);
    }

    fn flush(&self, _: Duration) -> bool {
        true
    }
}
