//! Watches whether the service's runtime still runs tasks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use super::clock::DropElsewhere;
use super::monitored_checks::MonitoredChecks;
use super::runtimes::Executor;
use crate::health::Health;

/// How often a task is spawned, unless the bound is short.
const BEAT: Duration = Duration::from_secs(1);

/// How many beats a short bound consists of.
const BEATS_IN_BOUND: u32 = 10;

/// Measures for how long the service's runtime has run no task.
///
/// A task is spawned at each beat of our own clock, unless the last one has not run yet. Its delay
/// is counted in beats: while the process is frozen, there are none, so a freeze is not mistaken
/// for a stuck runtime.
pub(crate) struct RuntimeWatch {
    bound: Duration,
    beat: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: Option<WaitingTask>,
    /// The delay of the last task that has run.
    last_delay: Duration,
    /// Whether the runtime has dropped a task without running it.
    has_shut_down: bool,
}

/// A task that has not run yet.
struct WaitingTask {
    spawned: Instant,
    /// The number of beats since it was spawned.
    beats: u32,
}

impl RuntimeWatch {
    /// Creates a watch that reports the runtime as stuck once a task has waited for this bound.
    pub(crate) fn new(bound: Duration) -> Arc<Self> {
        let beat = BEAT.min(bound / BEATS_IN_BOUND);
        Arc::new(Self { bound, beat, state: Mutex::default() })
    }

    /// Returns what is known, without waiting for the runtime.
    pub(crate) fn health(&self) -> Health {
        let (waited, delay, has_shut_down) = {
            let state = self.lock();
            let waited = self.waited(&state);
            (waited, state.last_delay.max(waited), state.has_shut_down)
        };
        let health = if waited < self.bound {
            Health::healthy("tasks run")
        } else if has_shut_down {
            Health::unhealthy("the service's runtime has shut down")
        } else {
            Health::unhealthy(format!(
                "no task has run on the service's runtime for {waited:?}: it is blocked or \
                 deadlocked"
            ))
        };
        health.with("delay", delay.as_secs_f64())
    }

    /// Starts to watch the runtime of this executor, until the returned handle aborts it. When the
    /// runtime becomes stuck, or recovers, the check at this position runs, so that publishers are
    /// notified even without requests.
    pub(super) fn start(
        self: Arc<Self>,
        checks: Weak<MonitoredChecks>,
        position: usize,
        executor: Executor,
    ) -> AbortHandle {
        let clock = executor.clock.clone();
        clock.spawn(self.watch(checks, position, executor)).abort_handle()
    }

    async fn watch(
        self: Arc<Self>,
        checks: Weak<MonitoredChecks>,
        position: usize,
        executor: Executor,
    ) {
        let mut was_stuck = false;
        loop {
            let is_stuck = self.beat(&executor.runtime);
            if is_stuck != was_stuck {
                was_stuck = is_stuck;
                let checks = DropElsewhere::upgrade(&checks);
                let Some(checks) = checks.as_ref().and_then(DropElsewhere::get) else { return };
                checks.refresh(position, &executor).await;
            }
            sleep(self.beat).await;
        }
    }

    /// Counts a beat, and spawns a task if none is waiting. Returns whether the runtime is stuck.
    fn beat(self: &Arc<Self>, runtime: &Handle) -> bool {
        let mut state = self.lock();
        if let Some(task) = &mut state.waiting {
            task.beats = task.beats.saturating_add(1);
            return self.waited(&state) >= self.bound;
        }
        state.waiting = Some(WaitingTask { spawned: Instant::now(), beats: 0 });
        drop(state);
        // Not under the lock, since a runtime that has shut down drops the task at once. A task
        // spawned from this thread goes to the queue that all threads of the runtime share.
        let task = Task { watch: Arc::clone(self), has_run: false };
        runtime.spawn(async move { task.run() });
        false
    }

    fn waited(&self, state: &State) -> Duration {
        state.waiting.as_ref().map_or(Duration::ZERO, |task| self.beat.saturating_mul(task.beats))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task on the watched runtime.
struct Task {
    watch: Arc<RuntimeWatch>,
    has_run: bool,
}

impl Task {
    fn run(mut self) {
        self.has_run = true;
        let mut state = self.watch.lock();
        if let Some(WaitingTask { spawned, beats }) = state.waiting.take() {
            let at_most = self.watch.beat.saturating_mul(beats.saturating_add(1));
            state.last_delay = spawned.elapsed().min(at_most);
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if !self.has_run {
            self.watch.lock().has_shut_down = true;
        }
    }
}
