//! The last results and transitions, for readers who ask what happened before.

mod results;
mod transitions;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

pub(crate) use self::results::ResultHistory;
pub(crate) use self::transitions::TransitionHistory;
use super::Transition;
use crate::health::Status;

/// The last results of each component and the last transitions of all; from
/// [`Panopticon::history`](crate::Panopticon::history).
///
/// It is a copy, which later results do not change. It is bounded: [60 results](Self::MAX_RESULTS) of
/// each component, and [100 transitions](Self::MAX_TRANSITIONS) with at most
/// [256 KiB](Self::MAX_TRANSITION_BYTES) of messages, of which the oldest are dropped first. The
/// details of a component are not kept.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use panopticon::{CheckOptions, Health, Panopticon, Status};
///
/// let health = Panopticon::empty()
///     .check("disk", CheckOptions::new(), || async { Health::degraded("nearly full") })
///     .history(true)
///     .build()?;
/// health.report().await;
///
/// let history = health.history().unwrap();
/// let disk = history.component("disk").unwrap();
/// assert_eq!(disk.results()[0].status(), Status::Degraded);
/// let last = history.transitions().next_back().unwrap();
/// assert_eq!(last.to_string(), "disk: unknown → degraded (nearly full)");
/// # Ok::<(), panopticon::BuildError>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct History {
    pub(crate) components: Vec<ComponentHistory>,
    pub(crate) transitions: Vec<Arc<Transition>>,
    /// Whether there have been older transitions.
    #[cfg_attr(not(feature = "page"), allow(dead_code, reason = "only the page says so"))]
    pub(crate) has_dropped: bool,
}

impl History {
    /// The number of results that are kept of each component.
    pub const MAX_RESULTS: usize = 60;
    /// The number of transitions that are kept of all components together.
    pub const MAX_TRANSITIONS: usize = 100;
    /// The number of bytes that the messages and reasons of these transitions may have together.
    pub const MAX_TRANSITION_BYTES: usize = 256 * 1024;

    /// Returns the history of the component with this name.
    #[must_use]
    pub fn component(&self, name: &str) -> Option<&ComponentHistory> {
        let found = self.components.binary_search_by(|component| (*component.name).cmp(name));
        Some(&self.components[found.ok()?])
    }

    /// Returns the histories of all components, sorted by name.
    #[must_use]
    pub fn components(&self) -> impl ExactSizeIterator<Item = &ComponentHistory> {
        self.components.iter()
    }

    /// Returns the transitions of all components, oldest first.
    #[must_use]
    pub fn transitions(&self) -> impl DoubleEndedIterator<Item = &Transition> + ExactSizeIterator {
        self.transitions.iter().map(|transition| &**transition)
    }
}

/// The last results of a component, and since when it has had its status.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ComponentHistory {
    pub(crate) name: Arc<str>,
    pub(crate) results: Vec<PastResult>,
    pub(crate) last_good: Option<PastResult>,
    /// The status after the last transition, and when that was.
    pub(crate) status_since: Option<(Status, DateTime<Utc>)>,
}

impl ComponentHistory {
    /// Returns the component's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the results, oldest first. A run that hangs has one for each timeout that has passed
    /// when the check is next requested.
    #[must_use]
    pub fn results(&self) -> &[PastResult] {
        &self.results
    }

    /// Returns the last healthy or degraded result, even if it is older than all
    /// [`results`](Self::results).
    #[must_use]
    pub fn last_good(&self) -> Option<PastResult> {
        self.last_good
    }

    /// Returns when the reported status last changed, even if that transition is no longer kept.
    /// `None` before the first transition. That the check is skipped because of a
    /// [dependency](crate::CheckOptions::depends_on) is not a transition.
    #[must_use]
    pub fn status_since(&self) -> Option<DateTime<Utc>> {
        self.status_since.map(|(_, since)| since)
    }
}

/// A result of a check, even if it has not counted for the component's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PastResult {
    pub(crate) ended_at: DateTime<Utc>,
    pub(crate) response_time: Duration,
    pub(crate) status: Status,
}

impl PastResult {
    /// Returns when the run ended or timed out, in whole milliseconds.
    #[must_use]
    pub fn ended_at(&self) -> DateTime<Utc> {
        self.ended_at
    }

    /// Returns the status that the check returned, or [`Status::Unhealthy`] if it returned none. The
    /// component may have reported another one because of
    /// [thresholds](crate::CheckOptions::failure_threshold) or an
    /// [override](crate::Panopticon::set_override).
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Returns how long the check took, as the component reported it.
    #[must_use]
    pub fn response_time(&self) -> Duration {
        self.response_time
    }
}
