//! What is known about one check: its status, its last result, its run in flight, an override.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::check_counts::CheckCounts;
use super::heartbeat::was_frozen_since;
use super::hung_runs::ReplacedRun;
use super::last_bad_results::LastBadResults;
use super::overrides::ActiveOverride;
use super::runtimes::BlockedThread;
use super::thresholds::ReportedStatus;
use crate::check::Thresholds;
use crate::events::ResultHistory;
use crate::health::{Health, Status};
use crate::paused_time;
use crate::report::Component;

/// The part of a check that changes with results, runs and overrides.
pub(super) struct State {
    pub(super) status: ReportedStatus,
    pub(super) latest: Option<LatestResult>,
    /// The last result that the check itself returned.
    pub(super) last_answer: Option<LatestResult>,
    pub(super) last_bad_results: LastBadResults,
    pub(super) run: Option<Run>,
    /// A hung run, alongside which another one may be in flight.
    pub(super) replaced: Option<ReplacedRun>,
    pub(super) runs_started: u64,
    /// Whether the next question must start a run, even if a result is cached.
    pub(super) is_run_due: bool,
    /// What is reported while the check is skipped because of a dependency. Publishers have been
    /// notified of it.
    pub(super) skipped: Option<Arc<Component>>,
    /// The status that the end of an override has announced because the check was skipped.
    pub(super) announced: Option<Status>,
    pub(super) active_override: Option<Box<ActiveOverride>>,
    pub(super) counts: CheckCounts,
    /// `None` if no history is recorded.
    pub(super) history: Option<Box<ResultHistory>>,
}

#[derive(Clone)]
pub(super) struct LatestResult {
    pub(super) component: Arc<Component>,
    pub(super) at: Instant,
}

/// The result of a run.
#[derive(Debug)]
pub(super) struct RunResult {
    pub(super) health: Health,
    /// Whether the check itself returned `health`. Otherwise, that says why it did not answer.
    pub(super) is_answer: bool,
    /// Whether this is the first result of the run. A run that continues after its timeout has
    /// several.
    pub(super) is_first: bool,
    /// From the call of the function until it returned, or from the question until the timeout.
    pub(super) elapsed: Duration,
    pub(super) ended: Instant,
    /// `None` if the check was not called.
    pub(super) ended_at: Option<SystemTime>,
}

impl RunResult {
    /// Returns the result of a check that has just returned.
    pub(super) fn answered(health: Health, started: Instant) -> Self {
        Self::now(health, true, started)
    }

    /// Returns the result of a run that has not ended in time, or at all.
    pub(super) fn unanswered(reason: String, started: Instant) -> Self {
        Self::now(Health::unhealthy(reason), false, started)
    }

    /// Returns the result of a run for which there was no thread.
    pub(super) fn refused(reason: String, asked: Instant) -> Self {
        Self { ended_at: None, ..Self::unanswered(reason, asked) }
    }

    fn now(health: Health, is_answer: bool, started: Instant) -> Self {
        let ended = Instant::now();
        let ended_at = Some(SystemTime::now());
        Self { health, is_answer, is_first: true, elapsed: ended - started, ended, ended_at }
    }
}

/// The run in flight, as its check knows it.
pub(super) struct Run {
    pub(super) number: u64,
    /// When it was requested.
    pub(super) asked: Instant,
    pub(super) deadline: Instant,
    /// How long the process had been frozen in all when the deadline was set.
    pub(super) frozen: Duration,
    /// Stops an async run. `None` until it has been spawned.
    pub(super) abort: Option<AbortHandle>,
    /// Whether a task or thread has begun it.
    pub(super) has_begun: bool,
    /// The thread that the caller who started it blocks.
    pub(super) blocked_thread: BlockedThread,
    pub(super) has_timed_out: bool,
    /// Since when it holds a thread although it has timed out.
    pub(super) hung_since: Option<DateTime<Utc>>,
    /// Whether it was dropped before its end, because its runtime has shut down.
    pub(super) is_lost: bool,
}

/// A run that a caller can wait for.
#[derive(Clone, Copy)]
pub(super) struct RunInFlight {
    pub(super) number: u64,
    pub(super) deadline: Instant,
}

impl State {
    /// Returns the state of a check that has not run yet.
    pub(super) fn new(thresholds: Thresholds, history: bool) -> Self {
        Self {
            status: ReportedStatus::new(thresholds),
            latest: None,
            last_answer: None,
            last_bad_results: LastBadResults::default(),
            run: None,
            replaced: None,
            runs_started: 0,
            is_run_due: false,
            skipped: None,
            announced: None,
            active_override: None,
            counts: CheckCounts::default(),
            history: history.then(Box::default),
        }
    }

    /// Returns whether the process was frozen since the latest result.
    pub(super) fn has_been_frozen(&self) -> bool {
        let (_, is_paused) = paused_time::now();
        let latest = self.latest.as_ref().filter(|_| !is_paused);
        latest.is_some_and(|latest| was_frozen_since(latest.at.into_std()))
    }

    /// Forgets all results, since the latest is too old.
    pub(super) fn forget(&mut self) {
        self.status.forget();
        self.last_bad_results = LastBadResults::default();
    }

    /// Returns the run with this number, if it is still there.
    pub(super) fn run_numbered(&mut self, number: u64) -> Option<&mut Run> {
        self.run.as_mut().filter(|run| run.number == number)
    }
}

impl Run {
    pub(super) fn in_flight(&self) -> RunInFlight {
        RunInFlight { number: self.number, deadline: self.deadline }
    }

    /// Returns whether its task or thread no longer exists, although the run has not ended: its
    /// runtime dropped it, or never had a thread for it.
    pub(super) fn is_gone(&self) -> bool {
        self.abort.as_ref().is_some_and(AbortHandle::is_finished)
    }

    /// Drops an async run. A blocking one cannot be stopped.
    pub(super) fn abort(&self) {
        if let Some(abort) = &self.abort {
            abort.abort();
        }
    }
}
