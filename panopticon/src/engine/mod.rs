//! When and where checks run, and what is known of them between their runs.
//!
//! A caller asks the [`Engine`] for components ([`dependencies`]). Each [`MonitoredCheck`] returns a
//! cached result ([`result_cache`]), or the caller joins its run ([`single_flight`]) and waits for it
//! ([`timeout`]). A run happens on a task or thread of its own ([`run`]) and records its result in
//! the check ([`monitored_check`], [`thresholds`]).

mod dependencies;
mod monitored_check;
mod overrides;
mod report_cache;
mod result_cache;
mod run;
mod runtimes;
mod schedule;
mod single_flight;
mod thresholds;
mod timeout;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::Instant;

pub(crate) use self::dependencies::Answers;
pub(crate) use self::monitored_check::MonitoredCheck;
pub(crate) use self::report_cache::{CacheMiss, ReportCache, Scope};
pub(crate) use self::runtimes::{Executor, Runtimes};
pub(crate) use self::schedule::Schedule;

use crate::check::{Definition, Resources, duration};
use crate::events::EventHub;
use crate::report::MessageKey;

/// All checks of a service.
pub(crate) struct Engine {
    /// Sorted by name.
    pub(crate) checks: Vec<Arc<MonitoredCheck>>,
    pub(crate) shared: Arc<Shared>,
}

/// What all checks of a service share.
pub(crate) struct Shared {
    resources: Arc<Resources>,
    message_key: MessageKey,
    pub(crate) hub: EventHub,
    pub(crate) report_cache: ReportCache,
    is_shut_down: AtomicBool,
}

impl Engine {
    /// Of checks that are sorted by name.
    pub(crate) fn new(
        definitions: impl Iterator<Item = Definition>,
        resources: Resources,
        message_key: MessageKey,
        hub: EventHub,
    ) -> Self {
        let shared = Arc::new(Shared {
            resources: Arc::new(resources),
            message_key,
            hub,
            report_cache: ReportCache::default(),
            is_shut_down: AtomicBool::new(false),
        });
        let checks = MonitoredCheck::all(definitions, &shared);
        Self { checks, shared }
    }

    /// Returns the position of the component of this name.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.checks.binary_search_by(|check| (*check.definition.name).cmp(name)).ok()
    }

    /// Returns the names of all components, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        self.checks.iter().map(|check| check.definition.name.to_string()).collect()
    }

    /// Starts no further run. Waits for the runs in flight, each until its own deadline at most, and
    /// for publishers to handle their results.
    pub(crate) async fn shut_down(&self) {
        self.shared.is_shut_down.store(true, Ordering::Release);
        let until = Instant::now() + duration::MAX;
        for check in &self.checks {
            if let Some(run) = check.run_in_flight() {
                check.wait(run, until).await;
            }
        }
        self.shared.hub.flush().await;
    }

    /// Closes the event hub and drops runs in flight, since no handle is left to ask for results. A
    /// blocking run goes on until it returns.
    pub(crate) fn abandon(&self) {
        self.shared.hub.close();
        for check in &self.checks {
            check.abort_run();
        }
    }
}
