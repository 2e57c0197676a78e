//! All checks of a service, and the end of their runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::context::CheckContext;
use super::monitored_check::MonitoredCheck;
use super::timeout::WaitTimer;
#[cfg(any(feature = "heartbeat", all(feature = "systemd", unix)))]
use crate::check::Probe;
use crate::check::{Definition, duration};

/// All checks of a service. A check is identified by its position.
pub(crate) struct MonitoredChecks {
    /// By name.
    pub(crate) sorted: Vec<Arc<MonitoredCheck>>,
    /// The positions, in an order in which dependencies come first.
    pub(super) order: Box<[usize]>,
    pub(crate) context: Arc<CheckContext>,
}

impl MonitoredChecks {
    /// Creates the checks from definitions, which must be sorted by name, and an order of their
    /// positions in which each comes after those that it depends on.
    pub(crate) fn new(
        definitions: impl Iterator<Item = Definition>,
        order: &[usize],
        context: CheckContext,
    ) -> Self {
        let context = Arc::new(context);
        let definitions: Vec<Definition> = definitions.collect();
        let longest_runs = longest_runs(&definitions, order);
        let checks = definitions.into_iter().zip(longest_runs).map(|(definition, longest_run)| {
            Arc::new(MonitoredCheck::new(definition, longest_run, Arc::clone(&context)))
        });
        Self { sorted: checks.collect(), order: order.into(), context }
    }

    /// Returns the position of the component with this name.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.sorted.binary_search_by(|check| (*check.definition.name).cmp(name)).ok()
    }

    /// Returns the names of all components, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        self.sorted.iter().map(|check| check.definition.name.to_string()).collect()
    }

    /// Returns the check's name and the age of each run in flight, including those that have timed
    /// out.
    pub(crate) fn runs_in_flight(&self) -> Vec<(&str, Duration)> {
        let runs = |check: &Arc<MonitoredCheck>| check.lock().ages_of_runs();
        let named = |check| runs(check).into_iter().map(|age| (&*check.definition.name, age));
        self.sorted.iter().flat_map(named).collect()
    }

    /// Prevents further runs from starting.
    pub(crate) fn start_no_more(&self) {
        self.context.shut_down();
        self.sorted.iter().for_each(|check| check.notify_callers());
    }

    /// Waits until every scheduled check has a result, or will not get one.
    pub(crate) async fn first_results(&self) {
        for check in &self.sorted {
            if check.is_scheduled() {
                check.first_result().await;
            }
        }
    }

    /// Returns whether a critical check, or one that answers a probe, has no result yet, but gets one.
    #[cfg(any(feature = "heartbeat", all(feature = "systemd", unix)))]
    pub(crate) fn awaits_first_result(&self, probe: Option<Probe>) -> bool {
        let counts =
            |it: &Definition| it.critical && probe.is_none_or(|probe| it.probes.contains(probe));
        self.sorted.iter().any(|check| counts(&check.definition) && check.awaits_first_result())
    }

    /// Waits for the runs in flight, each until its own deadline at most.
    pub(crate) async fn wait_for_runs(&self) {
        let until = Instant::now() + duration::MAX;
        let mut timer = WaitTimer::default();
        for check in &self.sorted {
            if let Some(run) = check.run_in_flight() {
                check.wait(run, until, &mut timer).await;
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

/// Returns how long a run of each check may take, including the runs of those that it depends on.
fn longest_runs(definitions: &[Definition], order: &[usize]) -> Vec<Duration> {
    let mut longest_runs = vec![Duration::ZERO; definitions.len()];
    for &position in order {
        let Definition { dependencies, timeout, .. } = &definitions[position];
        let before = dependencies.iter().map(|&dependency| longest_runs[dependency]).max();
        longest_runs[position] = before.unwrap_or_default() + *timeout;
    }
    longest_runs
}
