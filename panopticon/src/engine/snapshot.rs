//! What is known about all checks at one instant, without running any of them: for readers that
//! must not cause load, such as Prometheus.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::check_counts::CheckCounts;
use super::monitored_check::MonitoredCheck;
use super::monitored_checks::MonitoredChecks;
use super::result_cache::CachedResult;
use super::skipping;
use super::state::State;
use crate::check::{Freshness, Probe, duration};
use crate::health::Status;
use crate::report::Component;

/// How long the last result of a check without an interval is known, unless its `cache` is longer
/// or it answers only the startup probe.
const KNOWN_FOR: Duration = Duration::from_secs(60);

/// The last results of all checks.
pub(crate) struct Snapshot {
    /// Sorted by name.
    pub(crate) checks: Vec<LastKnown>,
    validity: Validity,
}

/// What is known about one check.
#[derive(Clone)]
pub(crate) struct LastKnown {
    pub(crate) component: Arc<Component>,
    /// Whether the check is skipped because of a dependency.
    #[cfg_attr(
        not(any(feature = "metrics", feature = "page", feature = "prometheus")),
        allow(dead_code, reason = "only the page and metrics show it")
    )]
    pub(crate) is_skipped: bool,
    #[cfg_attr(
        not(any(feature = "metrics", feature = "prometheus")),
        allow(dead_code, reason = "only metrics show them")
    )]
    pub(crate) counts: CheckCounts,
}

/// How long a snapshot is current.
#[derive(Clone, Copy)]
struct Validity {
    /// The number of changes before the snapshot.
    changes: u64,
    /// The instant at which the first of its results is too old, or an override ends.
    until: Instant,
}

impl Snapshot {
    /// Returns the same checks, without what is known about them.
    #[cfg(feature = "metrics")]
    pub(crate) fn without_results(&self) -> Self {
        let checks = self.checks.iter().map(|check| {
            let component = Arc::new(Component::clone(&check.component).forgotten());
            LastKnown { component, is_skipped: false, counts: check.counts }
        });
        Self { checks: checks.collect(), validity: self.validity }
    }
}

impl MonitoredChecks {
    /// Takes a snapshot. As in a report, a component whose dependency is unhealthy is unhealthy
    /// too.
    pub(crate) fn snapshot(&self) -> Snapshot {
        // Read first, so that a change in the meantime makes the snapshot outdated.
        let changes = self.context.report_cache.invalidations();
        let now = Instant::now();
        let mut until = now + duration::MAX;
        let mut known: Vec<Option<LastKnown>> = vec![None; self.sorted.len()];
        for &position in &self.order {
            let check = &self.sorted[position];
            let dependencies = check.definition.dependencies.iter().filter_map(|&dependency| {
                known[dependency].as_ref().map(|dependency| &*dependency.component)
            });
            let (last_known, valid_until) = check.last_known(dependencies, now);
            until = until.min(valid_until);
            known[position] = Some(last_known);
        }
        let checks = known.into_iter().flatten().collect();
        Snapshot { checks, validity: Validity { changes, until } }
    }

    /// Returns whether a snapshot still shows what is known.
    pub(crate) fn is_current(&self, snapshot: &Snapshot) -> bool {
        let Validity { changes, until } = snapshot.validity;
        changes == self.context.report_cache.invalidations() && Instant::now() < until
    }
}

impl MonitoredCheck {
    /// Returns what is known about the check at this instant, and until when.
    fn last_known<'a>(
        &self,
        mut dependencies: impl Iterator<Item = &'a Component> + Clone,
        now: Instant,
    ) -> (LastKnown, Instant) {
        let unhealthy = skipping::cause(dependencies.clone());
        let unknown = dependencies.find(|dependency| dependency.status() == Status::Unknown);
        self.with_state(|state| {
            let skipped = unhealthy.map(|dependency| self.skipped_because_of(dependency, now));
            // Its last result is from before it was skipped.
            let unknown = unknown.filter(|_| state.skipped.is_some());
            let skipped = skipped
                .or_else(|| unknown.map(|dependency| self.skipped_until_known(dependency, now)));
            let is_skipped = skipped.is_some();
            let result = skipped.unwrap_or_else(|| self.last_result(state, now));
            let CachedResult { component, valid_until } = self.overridden(state, result);
            (LastKnown { component, is_skipped, counts: state.counts }, valid_until)
        })
    }

    fn last_result(&self, state: &State, now: Instant) -> CachedResult {
        let forever = now + duration::MAX;
        let Some(latest) = &state.latest else {
            return CachedResult { component: self.not_checked_yet(), valid_until: forever };
        };
        let valid_until = latest.at + self.known_for();
        if now < valid_until {
            return CachedResult { component: Arc::clone(&latest.component), valid_until };
        }
        let component = if self.is_scheduled() {
            self.too_old(latest, now)
        } else {
            let message = format!("not checked for {} s", (now - latest.at).as_secs());
            self.without_result(Status::Unknown, message)
        };
        CachedResult { component, valid_until: forever }
    }

    /// Returns the age from which the last result is unknown.
    fn known_for(&self) -> Duration {
        match self.definition.freshness {
            // The startup probe is requested only until it has passed, and then stays passed.
            Freshness::OnDemand { .. } if self.definition.probes.is_only(Probe::Startup) => {
                duration::MAX
            }
            Freshness::OnDemand { cache } => cache.max(KNOWN_FOR),
            Freshness::Scheduled { .. } => self.longest_age(),
        }
    }
}
