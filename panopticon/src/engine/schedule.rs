//! Background runs of checks that have an interval.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::clock::DropElsewhere;
use super::monitored_check::MonitoredCheck;
use super::monitored_checks::MonitoredChecks;
use super::runtime_watch::RuntimeWatch;
use super::runtimes::{Executor, Runtimes};
use super::state::LatestResult;
use crate::check::Freshness;

/// The background tasks of a service, which end when this is dropped.
pub(crate) struct Schedule {
    tasks: Vec<AbortHandle>,
}

impl Schedule {
    /// Starts a task for each check that has an interval.
    ///
    /// # Errors
    ///
    /// If no runtime can be started for them; the error says why.
    pub(crate) fn start(
        checks: &Arc<MonitoredChecks>,
        runtimes: &Runtimes,
    ) -> Result<Self, String> {
        let mut tasks = Vec::new();
        for (position, check) in checks.sorted.iter().enumerate() {
            if let Freshness::Scheduled { initial_delay, interval, retry_interval } =
                check.definition.freshness
            {
                let executor = runtimes.without_caller()?;
                checks.context.bind_to_process();
                let clock = executor.clock.clone();
                let checks = Arc::downgrade(checks);
                let intervals = [interval, retry_interval];
                let task = run_at_intervals(checks, position, executor, initial_delay, intervals);
                tasks.push(clock.spawn(task).abort_handle());
            }
        }
        Ok(Self { tasks })
    }

    /// Starts to watch the service's runtime, if there is one, for the check at this position.
    pub(crate) fn watch_runtime(
        &mut self,
        watch: Arc<RuntimeWatch>,
        checks: &Arc<MonitoredChecks>,
        position: usize,
        runtimes: &Runtimes,
    ) {
        if let Some(executor) = runtimes.of_service() {
            self.tasks.push(watch.start(Arc::downgrade(checks), position, executor));
        }
    }

    /// Ends the background tasks. Runs in flight go on.
    pub(crate) fn stop(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Drop for Schedule {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Holds the checks only while it uses them: the last holder drops users' resources, which should
/// not happen on the clock's thread.
async fn run_at_intervals(
    checks: Weak<MonitoredChecks>,
    position: usize,
    executor: Executor,
    initial_delay: Duration,
    [interval, retry_interval]: [Duration; 2],
) {
    let random = RandomState::new();
    sleep(initial_delay + first_wait(interval, fraction(&random, position, 0))).await;
    for number in 1.. {
        let is_settled = {
            let checks = DropElsewhere::upgrade(&checks);
            let Some(checks) = checks.as_ref().and_then(DropElsewhere::get) else { return };
            checks.refresh(position, &executor).await;
            is_settled(&checks.sorted[position])
        };
        let interval = if is_settled { interval } else { retry_interval };
        sleep(next_wait(interval, fraction(&random, position, number))).await;
    }
}

/// Returns whether the component is healthy or degraded, and the latest result counts.
fn is_settled(check: &MonitoredCheck) -> bool {
    let state = check.lock();
    let latest = state.latest.as_ref().filter(|_| state.skipped.is_none());
    latest.is_some_and(|LatestResult { component, .. }| {
        component.healthy() && component.damped().is_none()
    })
}

/// Spreads the first runs of many checks over a second, or over the interval if that is shorter.
fn first_wait(interval: Duration, fraction: f64) -> Duration {
    interval.min(Duration::from_secs(1)).mul_f64(fraction)
}

/// Moves later runs by up to a tenth of the interval, earlier or later, so that they drift apart.
fn next_wait(interval: Duration, fraction: f64) -> Duration {
    interval.mul_f64(0.9 + 0.2 * fraction)
}

/// Returns a random number from 0 to 1, made from the standard library's hasher.
fn fraction(random: &RandomState, position: usize, number: u64) -> f64 {
    let bits = u32::try_from(random.hash_one((position, number)) >> 32).unwrap_or_default();
    f64::from(bits) / f64::from(u32::MAX)
}
