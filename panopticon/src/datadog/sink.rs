//! Where statistics go.

use std::fmt;
use std::time::Duration;

use super::Tags;
use super::event::Event;
use super::service_check::ServiceCheck;
use super::value::Value;

/// What a metric's values mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Adds up: [`increment`](crate::datadog::increment) and [`decrement`](crate::datadog::decrement).
    Count,
    /// The latest holds.
    Gauge,
    /// Minimum, maximum, average, count and percentiles, of one host.
    Histogram,
    /// The same of all hosts together, worked out by Datadog.
    Distribution,
    /// A histogram of milliseconds.
    Timing,
}

/// One value of a metric. Name and tags are as they are sent, but for prefix and default tags.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample<'a> {
    pub(super) kind: Kind,
    pub(super) name: &'a str,
    pub(super) value: Value,
    pub(super) tags: Tags<'a>,
}

/// What is added to everything that a client sends.
#[derive(Debug, Clone, Default)]
pub(super) struct Common {
    /// Stands before each name, with a dot between.
    pub(super) prefix: String,
    pub(super) tags: Vec<(String, String)>,
    pub(super) hostname: Option<String>,
}

/// Takes statistics. Nobody who hands some over waits for where they go.
pub(super) trait Sink: fmt::Debug + Send + Sync {
    fn sample(&self, sample: &Sample<'_>);

    fn event(&self, event: Event);

    /// The name is as it is sent, but for the prefix.
    fn service_check(&self, check: ServiceCheck);

    /// Sends what was taken before; false if that took too long. What is then lost counts as
    /// dropped, and is not waited for.
    fn flush(&self, timeout: Duration) -> bool;
}
