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

use super::context::{CheckContext, IN_FORK};
use super::heartbeat::{frozen, notice_freeze};
use super::monitored_check::MonitoredCheck;
use super::runtimes::BlockedThread;
use super::state::{LatestResult, Run, RunInFlight, RunResult, State};
use crate::health::{Health, Message};
use crate::paused_time;
use crate::report::Component;
use crate::timer::Timer;

/// The timer of a question, which waits for one run after the other. Most have the same deadline.
#[derive(Default)]
pub(super) struct WaitTimer(Option<Timer>);

impl WaitTimer {
    /// Returns the timer, or `None` in a fork, where waiting would never end.
    fn get(&mut self, deadline: Instant, context: &CheckContext) -> Option<&mut Timer> {
        if self.0.is_none() && context.is_in_fork() {
            return None;
        }
        Some(self.0.get_or_insert_with(|| Timer::new(deadline)))
    }
}

impl MonitoredCheck {
    /// Waits for a run, until its deadline or `until`, whichever comes first.
    pub(super) async fn wait(
        &self,
        run: RunInFlight,
        until: Instant,
        timer: &mut WaitTimer,
    ) -> Arc<Component> {
        if let Some(component) = self.result_of(run) {
            return component;
        }
        let Some(timer) = timer.get(run.deadline.min(until), &self.context) else {
            return self.without_waiting(IN_FORK);
        };
        let mut run = run;
        loop {
            timer.set(run.deadline.min(until));
            match timer.limit(self.end_of(run)).await {
                Some(component) => return component,
                None if run.deadline <= until => match self.give_up(run) {
                    Ok(component) => return component,
                    Err(extended) => run = extended,
                },
                None => {
                    return self.result_of(run).unwrap_or_else(|| {
                        self.without_waiting("no answer before the report's own timeout")
                    });
                }
            }
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
                let reason = "not checked: the runtime that health checks run on has shut down";
                state.run = None;
                let result = RunResult::unanswered(reason.to_owned(), Instant::now());
                let component = self.record(state, result);
                Some(self.with_override(state, component))
            }
            Some(run) if !run.has_timed_out => None,
            _ => Some(self.latest(state)),
        })
    }

    /// Gives up a run whose deadline has passed, unless it has ended or another caller was first.
    ///
    /// # Errors
    ///
    /// If the process was frozen during the run, which then has a new deadline.
    fn give_up(&self, run: RunInFlight) -> Result<Arc<Component>, RunInFlight> {
        if let Some(extended) = self.extend(run.number) {
            return Err(extended);
        }
        let component = self.with_state(|state| {
            if let Some(run) = state.run_numbered(run.number).filter(|run| !run.has_timed_out) {
                run.has_timed_out = true;
                if run.has_begun && !self.definition.function.is_async() {
                    run.hang();
                }
                run.abort();
                let result = run.timed_out(self.definition.timeout);
                self.record(state, result);
            }
            self.latest(state)
        });
        self.notify_callers();
        Ok(component)
    }

    /// Moves a run's deadline by the time for which the process was frozen during the run. Returns
    /// the run if it has time left.
    pub(super) fn extend(&self, number: u64) -> Option<RunInFlight> {
        let (now, is_paused) = paused_time::now();
        let mut state = self.lock();
        let run = state.run_numbered(number).filter(|run| !run.has_timed_out)?;
        if run.deadline <= now && !is_paused {
            notice_freeze();
            let frozen = frozen();
            // A freeze that ended before the run may have been noticed only during it.
            run.deadline += frozen.saturating_sub(run.frozen).min(now - run.asked);
            run.frozen = frozen;
        }
        (now < run.deadline).then(|| run.in_flight())
    }

    fn latest(&self, state: &mut State) -> Arc<Component> {
        let component = match &state.latest {
            Some(latest) => Arc::clone(&latest.component),
            // Cannot happen: a run that is no longer in flight has left a result.
            None => self.not_checked_yet(),
        };
        self.with_override(state, component)
    }
}

impl State {
    /// Adds what the check said last, since "timed out" alone does not tell the cause.
    pub(super) fn add_last_answer(&self, result: &mut RunResult) {
        let (Some(last), Some(reason)) = (&self.last_answer, result.health.message()) else {
            return;
        };
        let LatestResult { component, at } = last;
        let age = (result.ended - *at).as_secs();
        let status = component.check_status();
        let with = |said: Option<&str>| {
            let said = said.map(|message| format!(" ({message})")).unwrap_or_default();
            format!("{reason}; its last result, {age} s ago, was {status}{said}")
        };
        let message =
            Message::with_error(with(component.message()), with(component.authored_message()));
        result.health = Health::from_message(message);
    }
}

impl Run {
    /// Returns what is reported when the deadline has passed.
    fn timed_out(&self, timeout: Duration) -> RunResult {
        let reason = if self.has_begun {
            timed_out_after(timeout)
        } else {
            self.not_begun_for(&format!("{timeout:?}"))
        };
        RunResult::unanswered(reason, self.asked)
    }

    /// Returns why a run has not begun: an async check waits for its runtime, a blocking one has a
    /// thread of its own.
    pub(super) fn not_begun_for(&self, time: &str) -> String {
        let reason = match self.abort {
            Some(_) => "no thread of the runtime was free",
            None => "its thread was not scheduled",
        };
        let cause = match self.blocked_thread {
            BlockedThread::Unneeded => "",
            BlockedThread::PerhapsTheOnlyOne => {
                "; was `report_blocking` called from async code? there, use `report().await`"
            }
        };
        format!("not checked: {reason} for {time}{cause}")
    }
}

pub(super) fn timed_out_after(timeout: Duration) -> String {
    format!("timed out after {timeout:?}")
}

/// Limits a run to its deadline, by this clock.
pub(super) fn limit<F: Future>(deadline: Instant, clock: &Handle, run: F) -> Timeout<F> {
    let _context = clock.enter();
    timeout_at(deadline, run)
}
