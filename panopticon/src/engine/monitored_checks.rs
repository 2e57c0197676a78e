//! All checks of a service, and the end of their runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::context::CheckContext;
use super::monitored_check::MonitoredCheck;
use crate::check::{Definition, duration};

/// All checks of a service. A check is identified by its position.
pub(crate) struct MonitoredChecks {
    /// By name.
    pub(crate) sorted: Vec<Arc<MonitoredCheck>>,
    pub(crate) context: Arc<CheckContext>,
}

impl MonitoredChecks {
    /// Creates the checks from definitions, which must be sorted by name.
    pub(crate) fn new(
        definitions: impl Iterator<Item = Definition>,
        context: CheckContext,
    ) -> Self {
        let context = Arc::new(context);
        let definitions: Vec<Definition> = definitions.collect();
        let mut longest_runs = vec![None; definitions.len()];
        for position in 0..definitions.len() {
            find_longest_run(position, &definitions, &mut longest_runs);
        }
        let checks = definitions.into_iter().zip(longest_runs).map(|(definition, longest_run)| {
            let longest_run = longest_run.unwrap_or(definition.timeout);
            Arc::new(MonitoredCheck::new(definition, longest_run, Arc::clone(&context)))
        });
        Self { sorted: checks.collect(), context }
    }

    /// Returns the position of the component with this name.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.sorted.binary_search_by(|check| (*check.definition.name).cmp(name)).ok()
    }

    /// Returns the names of all components, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        self.sorted.iter().map(|check| check.definition.name.to_string()).collect()
    }

    /// Returns the names of checks with a run in flight, even one that has timed out, and the runs'
    /// ages.
    pub(crate) fn runs_in_flight(&self) -> Vec<(&str, Duration)> {
        let age = |check: &Arc<MonitoredCheck>| Some(check.lock().run.as_ref()?.asked.elapsed());
        self.sorted
            .iter()
            .filter_map(|check| Some((&*check.definition.name, age(check)?)))
            .collect()
    }

    /// Starts no further run. Waits for the runs in flight, each until its own deadline at most.
    pub(crate) async fn shut_down(&self) {
        self.context.shut_down();
        let until = Instant::now() + duration::MAX;
        for check in &self.sorted {
            if let Some(run) = check.run_in_flight() {
                check.wait(run, until).await;
            }
        }
    }

    /// Closes the event hub and drops runs in flight, since no handle is left to ask for results. A
    /// blocking run goes on until it returns.
    pub(crate) fn abandon(&self) {
        self.context.shut_down();
        self.context.hub.close();
        for check in &self.sorted {
            check.abandon_run();
        }
    }
}

/// Finds how long a run may take, including the runs of checks that it depends on.
fn find_longest_run(
    position: usize,
    definitions: &[Definition],
    found: &mut [Option<Duration>],
) -> Duration {
    if let Some(found) = found[position] {
        return found;
    }
    let Definition { dependencies, timeout, .. } = &definitions[position];
    let before = dependencies
        .iter()
        .map(|&dependency| find_longest_run(dependency, definitions, found))
        .max();
    *found[position].insert(before.unwrap_or_default() + *timeout)
}
