//! A check that can run.

use std::sync::Arc;
use std::time::Duration;

use super::check_fn::CheckFn;
use super::probes::Probes;
use super::source_location::SourceLocation;

/// A check that can run: valid, with all options resolved.
pub(crate) struct Definition {
    pub(crate) name: Arc<str>,
    pub(crate) location: SourceLocation,
    /// The collection that it belongs to; a closure may belong to none.
    pub(crate) collection: Option<Arc<str>>,
    pub(crate) timeout: Duration,
    pub(crate) freshness: Freshness,
    pub(crate) thresholds: Thresholds,
    pub(crate) critical: bool,
    /// Shared with every component that the check reports.
    pub(crate) tags: Arc<[String]>,
    pub(crate) probes: Probes,
    /// The indexes of the checks that this one depends on.
    pub(crate) dependencies: Vec<usize>,
    pub(crate) function: CheckFn,
}

/// The rule for when a check runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Freshness {
    /// When a report needs it, unless its last result is younger than `cache`.
    OnDemand { cache: Duration },
    /// In the background.
    Scheduled {
        initial_delay: Duration,
        interval: Duration,
        /// The interval while the component is unhealthy or unknown.
        retry_interval: Duration,
    },
}

/// The numbers of results in a row that change the reported status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thresholds {
    /// How many results in a row change the reported status to a worse one, at least 1.
    pub(crate) failure: u32,
    /// How many results in a row change it to a better one, at least 1.
    pub(crate) success: u32,
}
