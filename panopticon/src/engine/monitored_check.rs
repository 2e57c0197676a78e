//! A check with its last result, its status and its run in flight.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

use super::check_counts::RunOutcome;
use super::context::CheckContext;
use super::last_bad_results::LastBadResults;
use super::state::{LatestResult, RunResult, State};
use super::thresholds::Observation;
use crate::check::Definition;
use crate::events::{ComponentHistory, PastResult, Transition};
use crate::health::Status;
use crate::panics::contain_panics;
use crate::report::{Component, Finding, in_milliseconds};

/// A check and everything that is known about it.
pub(crate) struct MonitoredCheck {
    pub(crate) definition: Definition,
    /// How long a run may take, including the runs of checks that it depends on.
    pub(super) longest_run: Duration,
    pub(super) context: Arc<CheckContext>,
    /// Notified after the run in flight has ended, for whatever reason.
    pub(super) run_ended: Notify,
    /// The lock is held for a few assignments, never while a user's code runs.
    state: Mutex<State>,
}

impl MonitoredCheck {
    pub(super) fn new(
        definition: Definition,
        longest_run: Duration,
        context: Arc<CheckContext>,
    ) -> Self {
        let history = context.hub.history().is_some();
        let state = Mutex::new(State::new(definition.thresholds, history));
        Self { definition, longest_run, context, run_ended: Notify::new(), state }
    }

    /// Marks a run as begun. Returns whether anybody still wants its result.
    pub(super) fn begin_run(&self, number: u64) -> bool {
        let mut state = self.lock();
        let run = state.run_numbered(number).filter(|run| !run.has_timed_out);
        run.map(|run| run.has_begun = true).is_some()
    }

    /// Records the result of a run, and wakes callers.
    pub(super) fn end_run(&self, number: u64, result: RunResult) {
        self.with_state(|state| {
            if state.replaced.take_if(|run| run.number == number).is_some() {
                return self.update_hung_runs(state);
            }
            let Some(run) = state.run.take_if(|run| run.number == number) else { return };
            if !run.has_timed_out {
                self.record(state, result);
                return;
            }
            self.update_hung_runs(state);
            if !self.is_scheduled() {
                // Too late to count, but another run may answer in time.
                self.make_run_due(state);
            }
        });
        self.notify_callers();
    }

    /// Records that a run has no thread. The next question starts another run, since there may be a
    /// thread by then.
    pub(super) fn refuse_run(&self, number: u64, error: &io::Error) {
        self.with_state(|state| {
            let Some(run) = state.run.take_if(|run| run.number == number) else { return };
            if !run.has_timed_out {
                let reason = format!("not checked: no thread could be started: {error}");
                self.record(state, RunResult::refused(reason, run.asked));
            }
            self.make_run_due(state);
        });
        self.notify_callers();
    }

    /// Marks a run as dropped before its end. It counts as a failure only once a caller looks for
    /// its result, so that the end of a process raises no alarm.
    pub(super) fn lose_run(&self, number: u64) {
        self.with_state(|state| match state.run_numbered(number) {
            Some(run) if !run.has_timed_out => run.is_lost = true,
            Some(_) => state.run = None,
            None => {}
        });
        self.notify_callers();
    }

    /// Makes the next question start a run, whatever is cached.
    pub(super) fn make_run_due(&self, state: &mut State) {
        state.is_run_due = true;
        self.context.report_cache.invalidate();
    }

    /// Wakes callers that wait for a run. A waker that panics must not harm the run.
    pub(super) fn notify_callers(&self) {
        let _ = contain_panics(|| self.run_ended.notify_waiters());
    }

    /// Records the result of a run, and publishes it.
    pub(super) fn record(&self, state: &mut State, mut result: RunResult) -> Arc<Component> {
        self.expire_override(state);
        let outcome = RunOutcome::of(&result);
        let found = result.health.status();
        if !result.is_answer {
            state.add_last_answer(&mut result);
        }
        let mut observation = if self.ends_gap(state, &result) {
            state.last_bad_results = LastBadResults::default();
            let after_gap = state.status.observe_after_gap(result.health.status());
            // That a check still does not answer is a fact that no threshold damps.
            let is_damped = result.is_answer || state.has_been_frozen();
            Observation { damped: after_gap.damped.filter(|_| is_damped), ..after_gap }
        } else {
            state.status.observe(result.health.status())
        };
        if let Some(announced) = state.announced.take() {
            observation.changed_from =
                Some(announced).filter(|&announced| announced != observation.reported);
        }
        let finding = Finding {
            status: observation.reported,
            found,
            damped: observation.damped,
            health: state.last_bad_results.shown(result.health, observation.reported),
            elapsed: result.elapsed,
            checked_at: result.ended_at,
            hung_since: state.hung_since(),
        };
        let component =
            Arc::new(Component::new(&self.definition, self.context.message_form, finding));
        if result.is_first {
            state.counts.add_run(outcome, result.ended_at, component.response_time());
        }
        if let Some(history) = &mut state.history {
            let ended_at =
                component.checked_at().unwrap_or_else(|| in_milliseconds(SystemTime::now()));
            let response_time = component.response_time();
            history.add_result(PastResult { ended_at, response_time, status: found });
        }
        let latest = LatestResult { component: Arc::clone(&component), at: result.ended };
        if result.is_answer {
            state.last_answer = Some(latest.clone());
        }
        state.latest = Some(latest);
        state.is_run_due = false;
        state.skipped = None;
        self.context.report_cache.invalidate();
        self.context.hub.publish_result(&state.with_override(Arc::clone(&component)));
        self.publish_transition(state, &observation, &component);
        component
    }

    /// Publishes a change of the check's status, unless an override hides it.
    fn publish_transition(
        &self,
        state: &mut State,
        observation: &Observation,
        component: &Arc<Component>,
    ) {
        if let Some(from) = observation.changed_from.filter(|_| state.active_override.is_none()) {
            self.announce(state, Transition::by_check(from, component));
        }
    }

    /// Counts a transition and publishes it. Called under the lock, so that transitions keep their
    /// order.
    pub(super) fn announce(&self, state: &mut State, transition: Transition) {
        state.counts.add_transition(transition.to());
        if let Some(history) =
            state.history.as_mut().filter(|_| transition.from() != transition.to())
        {
            history.set_status_since(transition.to(), transition.at());
        }
        self.context.hub.publish_transition(transition);
    }

    /// Returns a copy of the history, if one is recorded.
    pub(crate) fn history(&self) -> Option<ComponentHistory> {
        let state = self.lock();
        Some(state.history.as_ref()?.of_component(&self.definition.name))
    }

    pub(crate) fn without_result(&self, status: Status, message: String) -> Arc<Component> {
        let form = self.context.message_form;
        Arc::new(Component::without_result(&self.definition, form, status, message))
    }

    /// Runs `action` under the lock. Subscribers to transitions are woken after it is released.
    pub(super) fn with_state<T>(&self, action: impl FnOnce(&mut State) -> T) -> T {
        let returned = action(&mut self.lock());
        self.context.hub.wake_subscribers();
        returned
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held, and if it did, each field would still be valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
