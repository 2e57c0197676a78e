//! The state that all checks of a service share.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::report_cache::ReportCache;
use crate::check::Resources;
use crate::events::EventHub;
use crate::report::MessageForm;

/// What is reported in a fork.
pub(super) const IN_FORK: &str = "not checked: this process is a fork, without the threads of the \
                                  process that called `build()`; call `build()` after forking";

/// The state that all checks of a service share.
pub(crate) struct CheckContext {
    pub(super) resources: Arc<Resources>,
    pub(super) message_form: MessageForm,
    pub(crate) hub: Arc<EventHub>,
    pub(crate) report_cache: ReportCache,
    is_shut_down: AtomicBool,
    /// The process that the threads of runs belong to, once there are any.
    process: OnceLock<u32>,
}

impl CheckContext {
    pub(crate) fn new(resources: Resources, message_form: MessageForm, hub: Arc<EventHub>) -> Self {
        Self {
            resources: Arc::new(resources),
            message_form,
            hub,
            report_cache: ReportCache::default(),
            is_shut_down: AtomicBool::new(false),
            process: OnceLock::new(),
        }
    }

    /// Records that runs have threads, which a fork of this process would lack.
    pub(crate) fn bind_to_process(&self) {
        self.process.get_or_init(process::id);
    }

    /// Returns whether this process is a fork, which lacks the threads, so that a run would never
    /// end in it. Asking the operating system takes about as long as a quick check.
    pub(super) fn is_in_fork(&self) -> bool {
        self.process.get().is_some_and(|&process| process != process::id())
    }

    /// Prevents further runs from starting.
    pub(super) fn shut_down(&self) {
        self.is_shut_down.store(true, Ordering::Release);
    }

    pub(super) fn is_shut_down(&self) -> bool {
        self.is_shut_down.load(Ordering::Acquire)
    }
}
