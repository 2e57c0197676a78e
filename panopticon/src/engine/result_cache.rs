//! Results that answer a question without a run: how long they are reused, and when they are too
//! old.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::context::IN_FORK;
use super::monitored_check::MonitoredCheck;
use super::state::{LatestResult, RunResult, State};
use crate::check::Freshness;
use crate::health::Status;
use crate::report::Component;

/// A component that needs no run. It stays the same until `valid_until`, unless the
/// [report cache](super::ReportCache) is invalidated first.
pub(super) struct CachedResult {
    pub(super) component: Arc<Component>,
    pub(super) valid_until: Instant,
}

impl MonitoredCheck {
    /// Returns what can be reported without a run, if anything.
    pub(super) fn cached(&self, state: &State, now: Instant) -> Option<CachedResult> {
        if state.is_run_due {
            return None;
        }
        let Some(latest) = &state.latest else {
            // Not for a while, since a fork would go on to report it.
            let nothing_yet =
                || CachedResult { component: self.not_checked_yet(), valid_until: now };
            return self.is_scheduled().then(nothing_yet);
        };
        let valid_until = latest.at + self.longest_age();
        let component = Arc::clone(&latest.component);
        (now < valid_until).then_some(CachedResult { component, valid_until })
    }

    /// Returns the age from which a result is no longer shown. A scheduled check that keeps to its
    /// schedule has a new one by then.
    pub(super) fn longest_age(&self) -> Duration {
        match self.definition.freshness {
            Freshness::OnDemand { cache } => cache,
            Freshness::Scheduled { interval, .. } => interval + self.longest_run + grace(interval),
        }
    }

    /// Returns what is reported without waiting for the run in flight: the last result if it is
    /// still valid, otherwise unknown, for this reason unless results have stopped coming.
    pub(super) fn without_waiting(&self, reason: &str) -> Arc<Component> {
        let now = Instant::now();
        self.with_state(|state| {
            let component = match &state.latest {
                Some(latest) if now < latest.at + self.longest_age() => {
                    Arc::clone(&latest.component)
                }
                Some(latest) if self.is_too_old(latest, now) => self.too_old(latest, now),
                latest => self.unknown(
                    reason.to_owned(),
                    latest.as_ref().filter(|latest| {
                        // Failed before, and still no answer.
                        latest.component.check_status() == Status::Unhealthy
                    }),
                ),
            };
            self.with_override(state, component)
        })
    }

    /// Returns an unknown component. If it has the time of a result, it is a reason to restart the
    /// process.
    fn unknown(&self, message: String, evidence: Option<&LatestResult>) -> Arc<Component> {
        let component = self.without_result(Status::Unknown, message);
        match evidence {
            Some(latest) => {
                Arc::new(Arc::unwrap_or_clone(component).checked_when(&latest.component))
            }
            None => component,
        }
    }

    /// Waits until there is a result, or the check is skipped, or no run will start.
    pub(super) async fn first_result(&self) {
        loop {
            // Registers for notifications before looking, so that none in between is missed.
            let ended = self.run_ended.notified();
            if !self.awaits_first_result() {
                return;
            }
            ended.await;
        }
    }

    /// Returns whether there is no result yet, but a run will give one, at the latest when it times
    /// out, or else the check is skipped.
    pub(super) fn awaits_first_result(&self) -> bool {
        let has_result = {
            let state = self.lock();
            state.latest.is_some() || state.skipped.is_some() || self.context.is_shut_down()
        };
        !has_result && !self.context.is_in_fork()
    }

    /// Returns whether results of a scheduled check have stopped coming.
    pub(super) fn is_too_old(&self, latest: &LatestResult, now: Instant) -> bool {
        self.is_scheduled() && now >= latest.at + self.longest_age()
    }

    pub(super) fn is_scheduled(&self) -> bool {
        matches!(self.definition.freshness, Freshness::Scheduled { .. })
    }

    /// Returns whether a result is a failure after a gap in which results had stopped coming. Those
    /// before it then no longer count, so that thresholds do not make an old result last.
    pub(super) fn ends_gap(&self, state: &State, result: &RunResult) -> bool {
        !result.health.status().is_healthy()
            && state.latest.as_ref().is_some_and(|latest| self.is_too_old(latest, result.ended))
    }

    /// Returns what is reported once results have stopped coming. It has the time of the last one,
    /// by which the liveness probe distinguishes it from a check that has not run yet.
    pub(super) fn too_old(&self, latest: &LatestResult, now: Instant) -> Arc<Component> {
        let message = format!(
            "the last result is {} s old, and a new one was due after {} s",
            (now - latest.at).as_secs(),
            self.longest_age().as_secs()
        );
        self.unknown(message, Some(latest))
    }

    pub(super) fn not_checked_yet(&self) -> Arc<Component> {
        let message = if self.context.is_in_fork() { IN_FORK } else { "not checked yet" };
        self.without_result(Status::Unknown, message.to_owned())
    }
}

/// Returns how late a scheduled run may be, in addition to its interval and its timeout, until its
/// last result is no longer shown: a tenth of the interval, which is how far runs are moved, and a
/// second.
fn grace(interval: Duration) -> Duration {
    interval / 10 + Duration::from_secs(1)
}
