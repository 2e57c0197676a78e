//! Runs that go on after their timeout. A blocking one cannot be stopped: it keeps its thread, and
//! after a while a second run is started alongside it, since the first may never end.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::monitored_check::MonitoredCheck;
use super::result_cache::CachedResult;
use super::state::{Run, RunResult, State};
use crate::report::in_milliseconds;

/// A blocking run is replaced once it has taken this many times its timeout.
const REPLACED_AFTER_TIMEOUTS: u32 = 10;

/// A blocking run that has timed out, holds its thread, and is no longer waited for.
pub(super) struct ReplacedRun {
    pub(super) number: u64,
    since: DateTime<Utc>,
}

impl MonitoredCheck {
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
            (None, _) => self.not_checked_yet(),
        };
        CachedResult { component, valid_until: now }
    }

    /// Reports the end of a run that has hung.
    pub(super) fn update_hung_runs(&self, state: &mut State) {
        let hung_since = state.hung_since();
        if let Some(latest) = &mut state.latest {
            if latest.component.hung_since() != hung_since {
                latest.component = Arc::new(latest.component.with_hung_since(hung_since));
                self.context.report_cache.invalidate();
            }
        }
    }
}

impl State {
    /// Returns since when each hung run has been running, earliest first.
    pub(super) fn hung_since(&self) -> Vec<DateTime<Utc>> {
        let in_flight = self.run.as_ref().and_then(|run| run.hung_since);
        self.replaced.iter().map(|run| run.since).chain(in_flight).collect()
    }

    /// Returns how long the runs in flight have been running, including hung ones.
    pub(super) fn ages_of_runs(&self) -> Vec<Duration> {
        let now = DateTime::from(SystemTime::now());
        // The system clock may have been set back.
        let replaced =
            self.replaced.iter().map(|run| (now - run.since).to_std().unwrap_or_default());
        replaced.chain(self.run.as_ref().map(|run| run.asked.elapsed())).collect()
    }

    /// Returns whether the run in flight has hung for long enough, and no other run hangs, so that
    /// the check never holds more than two threads.
    pub(super) fn can_replace_run(&self, timeout: Duration, now: Instant) -> bool {
        let has_hung_long = |run: &Run| {
            run.hung_since.is_some() && now >= run.asked + REPLACED_AFTER_TIMEOUTS * timeout
        };
        self.replaced.is_none() && self.run.as_ref().is_some_and(has_hung_long)
    }

    /// Makes room for another run alongside the hung one, if there is one.
    pub(super) fn replace_hung_run(&mut self) {
        if let Some((run, since)) = self.run.as_ref().and_then(|run| Some((run, run.hung_since?))) {
            self.replaced = Some(ReplacedRun { number: run.number, since });
        }
    }
}

impl Run {
    /// Records that the run still holds its thread after its deadline.
    pub(super) fn hang(&mut self) {
        self.hung_since = Some(in_milliseconds(SystemTime::now() - self.asked.elapsed()));
    }

    /// Returns what is reported when the deadline passed long ago.
    fn still_running(&self) -> RunResult {
        let age = self.asked.elapsed().as_secs();
        let reason = if self.has_begun {
            format!("still running after {age} s")
        } else {
            self.not_begun_for(&format!("{age} s"))
        };
        RunResult { is_first: false, ..RunResult::unanswered(reason, self.asked) }
    }
}
