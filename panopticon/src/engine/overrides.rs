//! Overrides of a component's status by an operator.

use std::sync::Arc;

use tokio::time::Instant;

use super::monitored_check::MonitoredCheck;
use super::result_cache::CachedResult;
use super::state::{ActiveOverride, State};
use crate::report::{Component, Override};

impl MonitoredCheck {
    /// Overrides the status until `ends`, replacing an earlier override.
    pub(crate) fn set_override(&self, set: Override, ends: Instant) {
        let mut state = self.lock();
        state.active_override = Some(Box::new(ActiveOverride { set, ends }));
        self.context.report_cache.invalidate();
    }

    /// Ends an override. Returns whether there was one.
    pub(crate) fn clear_override(&self) -> bool {
        let mut state = self.lock();
        let ended = state.active_override.take();
        self.context.report_cache.invalidate();
        ended.is_some_and(|ended| ended.is_active())
    }
}

impl State {
    /// Applies the override, if there is one, to a cached result.
    pub(super) fn overridden(&mut self, cached: CachedResult) -> CachedResult {
        let component = self.with_override(cached.component);
        let valid_until = match &self.active_override {
            Some(active) => cached.valid_until.min(active.ends),
            None => cached.valid_until,
        };
        CachedResult { component, valid_until }
    }

    /// Applies the override, if there is one, to a component.
    pub(super) fn with_override(&mut self, component: Arc<Component>) -> Arc<Component> {
        self.active_override.take_if(|active| !active.is_active());
        match &self.active_override {
            Some(active) => Arc::new(component.with_override(&active.set)),
            None => component,
        }
    }
}
