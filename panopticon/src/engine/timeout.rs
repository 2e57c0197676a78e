//! Enforces timeouts: of a run, by its callers and by itself, and of a whole report.
//!
//! A caller enforces the deadline of the run that it waits for, so that the answer comes in time
//! even if the runtime that the run is on is stuck. The run also enforces its deadline itself, in
//! case no caller is left.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, Timeout, timeout_at};

use super::monitored_check::MonitoredCheck;
use super::state::{Run, RunInFlight, RunResult, State};
use crate::health::{Health, Status};
use crate::report::Component;

impl MonitoredCheck {
    /// Waits for a run, until its deadline or `until`, whichever comes first.
    pub(super) async fn wait(&self, run: RunInFlight, until: Instant) -> Arc<Component> {
        match timeout_at(run.deadline.min(until), self.end_of(run)).await {
            Ok(component) => component,
            Err(_) if run.deadline <= until => self.give_up(run),
            Err(_) => self.result_of(run).unwrap_or_else(|| {
                let message = "no answer before the report's own timeout".to_owned();
                let component = self.without_result(Status::Unknown, message);
                self.with_state(|state| self.with_override(state, component))
            }),
        }
    }

    async fn end_of(&self, run: RunInFlight) -> Arc<Component> {
        loop {
            // Registers for notifications before looking, so that none in between is missed.
            let ended = self.run_ended.notified();
            if let Some(component) = self.result_of(run) {
                return component;
            }
            ended.await;
        }
    }

    /// Returns the component once a run is no longer in flight.
    pub(super) fn result_of(&self, run: RunInFlight) -> Option<Arc<Component>> {
        self.with_state(|state| match state.run_numbered(run.number) {
            Some(run) if run.is_lost => {
                let message = "not checked: the runtime that health checks run on has shut down";
                state.run = None;
                let result = RunResult::now(Health::unhealthy(message), Instant::now());
                let component = self.record(state, result);
                Some(self.with_override(state, component))
            }
            Some(run) if !run.has_timed_out => None,
            _ => Some(self.latest(state)),
        })
    }

    /// Gives up a run whose deadline has passed, unless it has ended or another caller was first.
    fn give_up(&self, run: RunInFlight) -> Arc<Component> {
        self.with_state(|state| {
            if let Some(run) = state.run_numbered(run.number).filter(|run| !run.has_timed_out) {
                run.has_timed_out = true;
                run.abort();
                let result = run.timed_out(self.definition.timeout);
                self.record(state, result);
            }
            self.latest(state)
        })
    }

    fn latest(&self, state: &mut State) -> Arc<Component> {
        let component = match &state.latest {
            Some(latest) => Arc::clone(&latest.component),
            // Cannot happen: a run that is no longer in flight has left a result.
            None => self.without_result(Status::Unknown, "not checked yet".to_owned()),
        };
        self.with_override(state, component)
    }
}

impl Run {
    /// Returns what is reported when the deadline has passed.
    fn timed_out(&self, timeout: Duration) -> RunResult {
        let health = if self.has_begun {
            timed_out_after(timeout)
        } else {
            Health::unhealthy(format!(
                "not checked: no thread of the runtime was free for {timeout:?}"
            ))
        };
        RunResult::now(health, self.asked)
    }

    /// Returns what is reported when the deadline passed long ago.
    pub(super) fn still_running(&self) -> RunResult {
        let age = self.asked.elapsed().as_secs();
        let message = if self.has_begun {
            format!("still running after {age} s")
        } else {
            format!("not checked: no thread of the runtime was free for {age} s")
        };
        RunResult::now(Health::unhealthy(message), self.asked)
    }
}

pub(super) fn timed_out_after(timeout: Duration) -> Health {
    Health::unhealthy(format!("timed out after {timeout:?}"))
}

/// Limits a run to its deadline, by the clock of its own runtime or, if that has none, by another.
pub(super) fn limit<F: Future>(
    deadline: Instant,
    other_clock: Option<&Handle>,
    run: F,
) -> Timeout<F> {
    let _context = other_clock.map(Handle::enter);
    timeout_at(deadline, run)
}
