//! The state that all checks of a service share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::report_cache::ReportCache;
use crate::check::Resources;
use crate::events::EventHub;
use crate::report::MessageKey;

/// The state that all checks of a service share.
pub(crate) struct CheckContext {
    pub(super) resources: Arc<Resources>,
    pub(super) message_key: MessageKey,
    pub(crate) hub: Arc<EventHub>,
    pub(crate) report_cache: ReportCache,
    is_shut_down: AtomicBool,
}

impl CheckContext {
    pub(crate) fn new(resources: Resources, message_key: MessageKey, hub: Arc<EventHub>) -> Self {
        Self {
            resources: Arc::new(resources),
            message_key,
            hub,
            report_cache: ReportCache::default(),
            is_shut_down: AtomicBool::new(false),
        }
    }

    /// Prevents further runs from starting.
    pub(super) fn shut_down(&self) {
        self.is_shut_down.store(true, Ordering::Release);
    }

    pub(super) fn is_shut_down(&self) -> bool {
        self.is_shut_down.load(Ordering::Acquire)
    }
}
