//! Overrides of a component's status by an operator, which are what counts while they last.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::clock::DropElsewhere;
use super::monitored_check::MonitoredCheck;
use super::result_cache::CachedResult;
use super::state::State;
use crate::events::Transition;
use crate::health::Status;
use crate::report::{Component, Override};

/// An override, and its end by a clock that cannot be set.
pub(super) struct ActiveOverride {
    set: Override,
    ends: Instant,
    /// Ends it even if nobody asks. Without one, the next question or result does.
    _end_task: Option<EndTask>,
}

/// A task that is stopped when this is dropped.
struct EndTask(AbortHandle);

impl Drop for EndTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl MonitoredCheck {
    /// Overrides the status until `ends`, with a task on this clock if there is one. Replaces an
    /// earlier override.
    pub(crate) fn set_override(
        self: &Arc<Self>,
        set: Override,
        ends: Instant,
        clock: Option<&Handle>,
    ) {
        let end_task = clock.map(|clock| self.start_end_task(ends, clock));
        self.with_state(|state| {
            self.expire_override(state);
            let from = state.reported();
            let active = Box::new(ActiveOverride { set, ends, _end_task: end_task });
            let replaced = state.active_override.replace(active);
            self.publish_override_change(state, from, replaced);
            // If the task was faster than this, it had no effect.
            self.expire_override(state);
        });
    }

    /// Ends an override. Returns whether there was one.
    pub(crate) fn clear_override(&self) -> bool {
        self.with_state(|state| {
            self.expire_override(state);
            self.end_override(state)
        })
    }

    /// Ends the override if its time has passed. Must be called before the status changes, so that
    /// transitions keep their order.
    pub(super) fn expire_override(&self, state: &mut State) {
        if state.active_override.as_ref().is_some_and(|active| active.ends <= Instant::now()) {
            self.end_override(state);
        }
    }

    fn end_override(&self, state: &mut State) -> bool {
        let from = state.reported();
        let ended = state.active_override.take();
        let was_active = ended.is_some();
        if was_active {
            self.publish_override_change(state, from, ended);
        }
        was_active
    }

    /// Publishes that an override was set, replaced or ended.
    fn publish_override_change(
        &self,
        state: &mut State,
        from: Status,
        ended: Option<Box<ActiveOverride>>,
    ) {
        self.context.report_cache.invalidate();
        let is_over = state.active_override.is_none();
        state.announced =
            state.skipped.as_ref().filter(|_| is_over).map(|skipped| skipped.status());
        let component = self.last_component(state);
        let component = state.with_override(component);
        let ended = ended.map(|ended| ended.set);
        self.announce(state, Transition::by_override(from, &component, ended));
    }

    /// Returns the component without an override, without asking the check.
    pub(super) fn last_component(&self, state: &mut State) -> Arc<Component> {
        if let Some(skipped) = &state.skipped {
            return Arc::clone(skipped);
        }
        let now = Instant::now();
        match &state.latest {
            Some(latest) if self.is_too_old(latest, now) => {
                let component = self.too_old(latest, now);
                state.forget();
                component
            }
            Some(latest) => Arc::clone(&latest.component),
            None => self.not_checked_yet(),
        }
    }

    /// Starts a task that ends an override, unless the check has been dropped by then.
    fn start_end_task(self: &Arc<Self>, ends: Instant, clock: &Handle) -> EndTask {
        let check = Arc::downgrade(self);
        let task = clock.spawn(async move {
            sleep_until(ends).await;
            let check = DropElsewhere::upgrade(&check);
            if let Some(check) = check.as_ref().and_then(DropElsewhere::get) {
                check.with_state(|state| check.expire_override(state));
            }
        });
        EndTask(task.abort_handle())
    }

    /// Applies the override, if there is one, to a cached result.
    pub(super) fn overridden(&self, state: &mut State, cached: CachedResult) -> CachedResult {
        let component = self.with_override(state, cached.component);
        let valid_until = match &state.active_override {
            Some(active) => cached.valid_until.min(active.ends),
            None => cached.valid_until,
        };
        CachedResult { component, valid_until }
    }

    /// Applies the override, if there is one, to a component.
    pub(super) fn with_override(
        &self,
        state: &mut State,
        component: Arc<Component>,
    ) -> Arc<Component> {
        self.expire_override(state);
        state.with_override(component)
    }
}

impl State {
    /// Returns the status that counts: an operator's, or the check's unless it is skipped.
    fn reported(&self) -> Status {
        match (&self.active_override, &self.skipped) {
            (Some(active), _) => active.set.status(),
            (None, Some(skipped)) => skipped.status(),
            (None, None) => self.status.reported(),
        }
    }

    /// Applies the override, if there is one, even if its time has just passed.
    pub(super) fn with_override(&self, component: Arc<Component>) -> Arc<Component> {
        match &self.active_override {
            Some(active) => Arc::new(component.with_override(&active.set)),
            None => component,
        }
    }
}
