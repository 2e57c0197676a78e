//! Checks that are not run because a component that they depend on is unhealthy.

use std::sync::Arc;

use tokio::time::Instant;

use super::monitored_check::MonitoredCheck;
use super::result_cache::CachedResult;
use super::state::State;
use crate::check::duration;
use crate::events::Transition;
use crate::health::Status;
use crate::report::Component;

/// Returns the first of these dependencies because of which a check is not run.
pub(super) fn cause<'a>(
    mut dependencies: impl Iterator<Item = &'a Component>,
) -> Option<&'a Component> {
    dependencies.find(|dependency| dependency.status() == Status::Unhealthy)
}

impl MonitoredCheck {
    /// Returns what is reported while a dependency is unhealthy. Publishers are notified once, not
    /// with each question.
    pub(super) fn skip(&self, dependency: &Component, now: Instant) -> CachedResult {
        let skipped = self.skipped_because_of(dependency, now);
        self.with_state(|state| {
            let is_new = state.skipped.replace(Arc::clone(&skipped.component)).is_none();
            let skipped = self.overridden(state, skipped);
            if is_new {
                self.context.hub.publish_result(&skipped.component);
            }
            skipped
        })
    }

    /// Returns what is reported while this dependency is unhealthy.
    pub(super) fn skipped_because_of(&self, dependency: &Component, now: Instant) -> CachedResult {
        let message = format!("not checked: `{}` is unhealthy", dependency.name());
        self.waiting_for(dependency, Status::Unhealthy, message, now)
    }

    /// Returns what is reported of a check that was skipped while it is not known whether it still
    /// has to be.
    pub(super) fn skipped_until_known(&self, dependency: &Component, now: Instant) -> CachedResult {
        let name = dependency.name();
        let message = format!("not checked: it is not known whether `{name}` is healthy");
        self.waiting_for(dependency, Status::Unknown, message, now)
    }

    fn waiting_for(
        &self,
        dependency: &Component,
        status: Status,
        message: String,
        now: Instant,
    ) -> CachedResult {
        let component = Arc::unwrap_or_clone(self.without_result(status, message));
        let component = Arc::new(component.skipped_because_of(dependency));
        CachedResult { component, valid_until: now + duration::MAX }
    }

    /// Publishes that the check is no longer skipped, although it need not run yet.
    pub(super) fn end_skip(&self, state: &mut State) {
        if state.skipped.take().is_none() {
            return;
        }
        self.context.report_cache.invalidate();
        let component = self.last_component(state);
        self.context.hub.publish_result(&state.with_override(Arc::clone(&component)));
        if let Some(announced) = state.announced.take() {
            if announced != component.status() && state.active_override.is_none() {
                let transition = Transition::by_check(announced, &component);
                self.announce(state, transition);
            }
        }
    }
}
