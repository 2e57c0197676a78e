//! Results that answer a question without a run: how long they are reused, and when they are too
//! old.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::monitored_check::MonitoredCheck;
use super::state::State;
use crate::check::{Freshness, duration};
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
    pub(super) fn cached(&self, state: &mut State, now: Instant) -> Option<CachedResult> {
        if state.is_run_due {
            return None;
        }
        match self.definition.freshness {
            Freshness::Scheduled { interval, .. } => {
                Some(self.last_scheduled_result(state, interval, now))
            }
            Freshness::OnDemand { cache } => {
                let latest = state.latest.as_ref()?;
                let valid_until = latest.at + cache;
                let component = Arc::clone(&latest.component);
                (now < valid_until).then_some(CachedResult { component, valid_until })
            }
        }
    }

    /// Returns the last result of a scheduled check, or `unknown` if it is too old.
    fn last_scheduled_result(
        &self,
        state: &mut State,
        interval: Duration,
        now: Instant,
    ) -> CachedResult {
        let Some(latest) = &state.latest else {
            let component = self.without_result(Status::Unknown, "not checked yet".to_owned());
            return CachedResult { component, valid_until: now + duration::MAX };
        };
        let longest_age = interval + self.longest_run + grace(interval);
        let valid_until = latest.at + longest_age;
        if now <= valid_until {
            return CachedResult { component: Arc::clone(&latest.component), valid_until };
        }
        let message = format!(
            "the last result is {} s old, and a new one was due after {} s",
            (now - latest.at).as_secs(),
            longest_age.as_secs()
        );
        let component = self.without_result(Status::Unknown, message);
        self.forget(state, &component);
        // Valid for no time at all, since its message states an age.
        CachedResult { component, valid_until: now }
    }

    /// Returns what is reported while a run goes on after its timeout. Counts as one more failure
    /// for each timeout that passes, so that a check that hangs gets past its threshold no matter
    /// how often it is requested.
    pub(super) fn overdue_result(&self, state: &mut State, now: Instant) -> CachedResult {
        let is_recent = |at| now < at + self.definition.timeout;
        let component = match (&state.latest, &state.run) {
            (Some(latest), Some(run)) if !is_recent(latest.at) => {
                let result = run.still_running();
                self.record(state, result)
            }
            (Some(latest), _) => Arc::clone(&latest.component),
            // Cannot happen: a run that has timed out has left a result.
            (None, _) => self.without_result(Status::Unknown, "not checked yet".to_owned()),
        };
        CachedResult { component, valid_until: now }
    }
}

/// Returns how late a scheduled run may be, in addition to its interval and its timeout, until its
/// last result is no longer shown: a tenth of the interval, which is how far runs are moved, and a
/// second.
fn grace(interval: Duration) -> Duration {
    interval / 10 + Duration::from_secs(1)
}
