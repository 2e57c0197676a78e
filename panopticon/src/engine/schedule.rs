//! Checks with an interval: when they run in the background.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::runtimes::Runtimes;
use super::watch::Watch;
use crate::check::Freshness;
use crate::engine::run::Executor;

/// The background work of a service; it ends when this is dropped.
pub(crate) struct Schedule {
    tasks: Vec<AbortHandle>,
}

impl Schedule {
    /// Starts a task for each check that has an interval. `Err` says why there is no runtime for
    /// them.
    pub(crate) fn start(watch: &Arc<Watch>, runtimes: &Runtimes) -> Result<Self, String> {
        let mut tasks = Vec::new();
        for (index, cell) in watch.cells.iter().enumerate() {
            if let Freshness::Scheduled { initial_delay, interval } = cell.check.freshness {
                let executor = runtimes.without_caller()?;
                let clock = executor.clock.clone();
                let task = keep_fresh(Arc::clone(watch), index, executor, initial_delay, interval);
                tasks.push(clock.spawn(task).abort_handle());
            }
        }
        Ok(Self { tasks })
    }

    /// Ends it. Runs in flight go on.
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

async fn keep_fresh(
    watch: Arc<Watch>,
    index: usize,
    executor: Executor,
    initial_delay: Duration,
    interval: Duration,
) {
    let chance = RandomState::new();
    sleep(initial_delay + first_wait(interval, fraction(&chance, index, 0))).await;
    for number in 1.. {
        watch.refresh(index, &executor).await;
        sleep(next_wait(interval, fraction(&chance, index, number))).await;
    }
}

/// The first runs of many checks are spread over a second, or over the interval if that is shorter.
fn first_wait(interval: Duration, fraction: f64) -> Duration {
    interval.min(Duration::from_secs(1)).mul_f64(fraction)
}

/// The later ones drift apart: each comes up to a tenth of the interval early or late.
fn next_wait(interval: Duration, fraction: f64) -> Duration {
    interval.mul_f64(0.9 + 0.2 * fraction)
}

/// A number from 0 to 1, by the chance of the standard library's hasher.
fn fraction(chance: &RandomState, index: usize, number: u64) -> f64 {
    let bits = u32::try_from(chance.hash_one((index, number)) >> 32).unwrap_or_default();
    f64::from(bits) / f64::from(u32::MAX)
}
