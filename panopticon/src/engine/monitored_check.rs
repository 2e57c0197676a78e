//! A check with its last result, its status and its run in flight.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Shared;
use super::overrides::ActiveOverride;
use super::single_flight::Run;
use super::thresholds::{Observation, ReportedStatus};
use crate::check::Definition;
use crate::events::Transition;
use crate::health::{Health, Status};
use crate::report::{Component, Finding};

/// A check and everything that is known of it.
pub(crate) struct MonitoredCheck {
    pub(crate) definition: Definition,
    /// How long a run may take, including the runs of checks that it depends on.
    pub(super) longest_run: Duration,
    pub(super) shared: Arc<Shared>,
    /// Notified after the run in flight has ended, for whatever reason.
    pub(super) run_ended: Notify,
    state: Mutex<State>,
}

/// What changes. The lock is held for a few assignments, never while code of a user runs.
pub(super) struct State {
    pub(super) status: ReportedStatus,
    pub(super) latest: Option<LatestResult>,
    /// What the last failed run said, for as long as its failure counts.
    last_failure: Option<Box<Health>>,
    pub(super) run: Option<Run>,
    pub(super) runs_started: u64,
    /// Whether the next question must start a run, even if a result is cached.
    pub(super) is_run_due: bool,
    /// Whether publishers know that the check is skipped because of a dependency.
    pub(super) is_skipped: bool,
    pub(super) active_override: Option<Box<ActiveOverride>>,
}

pub(super) struct LatestResult {
    pub(super) component: Arc<Component>,
    pub(super) at: Instant,
}

/// What a run ended with.
#[derive(Debug)]
pub(super) struct RunResult {
    pub(super) health: Health,
    /// From the call of the function until it returned, or from the question until the timeout.
    elapsed: Duration,
    pub(super) ended: Instant,
    ended_at: SystemTime,
}

impl RunResult {
    /// Of a run that has just ended.
    pub(super) fn now(health: Health, started: Instant) -> Self {
        let ended = Instant::now();
        Self { health, elapsed: ended - started, ended, ended_at: SystemTime::now() }
    }
}

impl MonitoredCheck {
    /// Of all checks of a service.
    pub(super) fn all(
        definitions: impl Iterator<Item = Definition>,
        shared: &Arc<Shared>,
    ) -> Vec<Arc<Self>> {
        let definitions: Vec<Definition> = definitions.collect();
        let mut longest_runs = vec![None; definitions.len()];
        for position in 0..definitions.len() {
            longest_run(position, &definitions, &mut longest_runs);
        }
        let checks = definitions.into_iter().zip(longest_runs).map(|(definition, longest_run)| {
            let state = State {
                status: ReportedStatus::new(definition.thresholds),
                latest: None,
                last_failure: None,
                run: None,
                runs_started: 0,
                is_run_due: false,
                is_skipped: false,
                active_override: None,
            };
            Arc::new(Self {
                longest_run: longest_run.unwrap_or(definition.timeout),
                definition,
                shared: Arc::clone(shared),
                run_ended: Notify::new(),
                state: Mutex::new(state),
            })
        });
        checks.collect()
    }

    /// Records the result of a run, and publishes it.
    pub(super) fn record(&self, state: &mut State, mut result: RunResult) -> Arc<Component> {
        let observation = state.status.observe(result.health.status());
        if !result.health.status().is_healthy() {
            state.last_failure = Some(Box::new(result.health.clone()));
        } else if observation.damped.is_none() {
            state.last_failure = None;
        } else if let Some(failure) = &state.last_failure {
            // The failure still counts, so it is what the report shows.
            result.health = Health::clone(failure);
        }
        let finding = Finding {
            status: observation.reported,
            damped: observation.damped,
            health: result.health,
            elapsed: result.elapsed,
            checked_at: result.ended_at,
        };
        let component =
            Arc::new(Component::new(&self.definition, self.shared.message_key, finding));
        state.latest = Some(LatestResult { component: Arc::clone(&component), at: result.ended });
        state.is_run_due = false;
        state.is_skipped = false;
        self.shared.report_cache.invalidate();
        self.shared.hub.publish_result(&component);
        self.publish_transition(&observation, &component);
        component
    }

    /// Forgets all results, since the latest is too old. `component` says so.
    pub(super) fn forget(&self, state: &mut State, component: &Arc<Component>) {
        let observation = state.status.forget();
        state.last_failure = None;
        self.publish_transition(&observation, component);
    }

    /// Publishes a change of status, under the lock, so that transitions keep their order.
    fn publish_transition(&self, observation: &Observation, component: &Arc<Component>) {
        if let Some(from) = observation.changed_from {
            let transition = Transition::new(from, observation.reported, component);
            self.shared.hub.publish_transition(transition);
        }
    }

    pub(crate) fn without_result(&self, status: Status, message: String) -> Arc<Component> {
        let message_key = self.shared.message_key;
        Arc::new(Component::without_result(&self.definition, message_key, status, message))
    }

    /// Runs `action` under the lock. Subscribers to transitions are woken after it is released.
    pub(super) fn with_state<T>(&self, action: impl FnOnce(&mut State) -> T) -> T {
        let returned = action(&mut self.lock());
        self.shared.hub.wake_subscribers();
        returned
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held, and if it did, each field would still be valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds how long a run may take, including the runs of checks that it depends on.
fn longest_run(
    position: usize,
    definitions: &[Definition],
    found: &mut [Option<Duration>],
) -> Duration {
    if let Some(found) = found[position] {
        return found;
    }
    let Definition { dependencies, timeout, .. } = &definitions[position];
    let before =
        dependencies.iter().map(|&dependency| longest_run(dependency, definitions, found)).max();
    *found[position].insert(before.unwrap_or_default() + *timeout)
}
