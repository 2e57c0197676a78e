//! At most one run of a check is in flight; callers join it.

use std::sync::Arc;

use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::heartbeat::frozen;
use super::monitored_check::MonitoredCheck;
use super::result_cache::CachedResult;
use super::run;
use super::runtimes::Executor;
use super::state::{Run, RunInFlight, State};
use crate::health::Status;

/// The answer to a caller's request for a result.
pub(super) enum Lookup {
    Cached(CachedResult),
    InFlight(RunInFlight),
}

/// The next step for a caller: to return an answer, or to start a run.
enum Next {
    Answer(Lookup),
    Start(RunInFlight),
}

impl MonitoredCheck {
    /// Returns a cached result, or joins the run in flight, or starts one.
    pub(super) fn ask(self: &Arc<Self>, now: Instant, executor: &Executor) -> Lookup {
        let next = self.with_state(|state| match self.cached(state, now) {
            Some(cached) => {
                self.end_skip(state);
                Next::Answer(Lookup::Cached(self.overridden(state, cached)))
            }
            None => self.join_or_start(state, now, executor),
        });
        self.proceed(next, executor)
    }

    /// Joins the run in flight or starts one, even if a result is cached.
    pub(super) fn refresh(self: &Arc<Self>, now: Instant, executor: &Executor) -> Lookup {
        let next = self.with_state(|state| self.join_or_start(state, now, executor));
        self.proceed(next, executor)
    }

    fn join_or_start(&self, state: &mut State, now: Instant, executor: &Executor) -> Next {
        match &state.run {
            Some(run) if !run.has_timed_out => {
                return Next::Answer(Lookup::InFlight(run.in_flight()));
            }
            Some(run) if !run.is_gone() && !state.can_replace_run(self.definition.timeout, now) => {
                let cached = self.overdue_result(state, now);
                self.end_skip(state);
                return Next::Answer(Lookup::Cached(self.overridden(state, cached)));
            }
            _ => {}
        }
        // Read under the lock: a shutdown either sees this run or keeps it from starting.
        if self.context.is_shut_down() {
            let message = "not checked: health checks have been shut down".to_owned();
            let component = self.without_result(Status::Unknown, message);
            let cached = CachedResult { component, valid_until: now };
            return Next::Answer(Lookup::Cached(self.overridden(state, cached)));
        }
        state.replace_hung_run();
        state.runs_started += 1;
        let run = Run {
            number: state.runs_started,
            asked: now,
            deadline: now + self.definition.timeout,
            frozen: frozen(),
            abort: None,
            has_begun: false,
            blocked_thread: executor.blocked_thread,
            has_timed_out: false,
            hung_since: None,
            is_lost: false,
        };
        Next::Start(state.run.insert(run).in_flight())
    }

    /// Spawns the run, without the lock: a runtime that has shut down drops the run at once, and
    /// that needs the lock.
    fn proceed(self: &Arc<Self>, next: Next, executor: &Executor) -> Lookup {
        match next {
            Next::Answer(lookup) => lookup,
            Next::Start(run) => {
                self.context.bind_to_process();
                let abort = run::spawn(Arc::clone(self), run, executor);
                match self.lock().run_numbered(run.number) {
                    Some(run) if !run.has_timed_out => run.abort = abort,
                    // Given up or abandoned meanwhile, or ended already.
                    _ => abort.iter().for_each(AbortHandle::abort),
                }
                Lookup::InFlight(run)
            }
        }
    }

    /// Returns the run in flight, to be waited for.
    pub(super) fn run_in_flight(&self) -> Option<RunInFlight> {
        let state = self.lock();
        let run = state.run.as_ref().filter(|run| !run.has_timed_out)?;
        Some(run.in_flight())
    }

    /// Drops the run in flight, if it can be dropped.
    pub(super) fn abandon_run(&self) {
        if let Some(run) = self.lock().run.take() {
            run.abort();
        }
    }
}
