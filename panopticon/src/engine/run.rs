//! One run of one check, on a task or thread of its own, with its panics contained.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::monitored_check::MonitoredCheck;
use super::runtimes::Executor;
use super::state::{RunInFlight, RunResult};
use super::timeout::{limit, timed_out_after};
use crate::check::{CheckFn, HealthFuture};
use crate::health::Health;
use crate::panics::{Panicked, contain_panics};

/// Spawns a run: an async check as a task, a blocking one on the blocking pool.
pub(super) fn spawn(
    check: Arc<MonitoredCheck>,
    run: RunInFlight,
    executor: &Executor,
) -> AbortHandle {
    let resources = Arc::clone(&check.context.resources);
    let function = check.definition.function.clone();
    let run = SpawnedRun { check, run, has_ended: false };
    match function {
        CheckFn::Async(call) => spawn_task(run, executor, move || call(resources)),
        CheckFn::AsyncClosure(call) => spawn_task(run, executor, move || call()),
        CheckFn::Blocking(call) => spawn_blocking(run, executor, move || call(&resources)),
        CheckFn::BlockingClosure(call) => spawn_blocking(run, executor, move || call()),
    }
}

fn spawn_task(
    run: SpawnedRun,
    executor: &Executor,
    call: impl FnOnce() -> HealthFuture + Send + 'static,
) -> AbortHandle {
    let Executor { runtime, clock } = executor;
    let other_clock = (clock.id() != runtime.id()).then(|| clock.clone());
    let task = async move {
        let Some(started) = run.begin() else { return };
        let timeout = run.check.definition.timeout;
        let health = match contain_panics(call) {
            Ok(future) => {
                let future = PanicsContained(Some(future));
                let returned = limit(run.run.deadline, other_clock.as_ref(), future).await;
                returned.unwrap_or_else(|_| timed_out_after(timeout))
            }
            Err(Panicked) => panicked(),
        };
        run.end(health, started);
    };
    runtime.spawn(task).abort_handle()
}

fn spawn_blocking(
    run: SpawnedRun,
    executor: &Executor,
    call: impl FnOnce() -> Health + Send + 'static,
) -> AbortHandle {
    let runtime = &executor.runtime;
    let call = move || {
        let Some(started) = run.begin() else { return };
        let health = contain_panics(call).unwrap_or_else(|Panicked| panicked());
        run.end(health, started);
    };
    // Tokio panics if the operating system refuses the pool its first thread, and keeps the call for
    // a later one. The caller then waits for its timeout, and the next starts another run.
    contain_panics(|| runtime.spawn_blocking(call).abort_handle())
        .unwrap_or_else(|Panicked| runtime.spawn(async {}).abort_handle())
}

/// A run on its task or thread. Its check is notified however it ends.
struct SpawnedRun {
    check: Arc<MonitoredCheck>,
    run: RunInFlight,
    has_ended: bool,
}

impl SpawnedRun {
    /// Returns when it begins, or `None` if it was given up before.
    fn begin(&self) -> Option<Instant> {
        self.check.begin_run(self.run.number).then(Instant::now)
    }

    fn end(mut self, health: Health, started: Instant) {
        self.has_ended = true;
        let mut result = RunResult::now(health, started);
        // If the check blocked the very thread that drives the timers, it ends before any caller
        // could give it up.
        if result.ended > self.run.deadline {
            result.health = timed_out_after(self.check.definition.timeout);
        }
        self.check.end_run(self.run.number, result);
    }
}

impl Drop for SpawnedRun {
    fn drop(&mut self) {
        if !self.has_ended {
            self.check.lose_run(self.run.number);
        }
    }
}

/// Returns what a report shows of a panic.
fn panicked() -> Health {
    Health::unhealthy("panicked")
}

/// A check's future whose panics become a result, whether it is polled or dropped.
///
/// Tokio catches the first panic of a task, but drops the task's future while it unwinds, and a
/// second panic there would abort the process.
struct PanicsContained(Option<HealthFuture>);

impl Future for PanicsContained {
    type Output = Health;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Health> {
        let Some(future) = &mut self.0 else {
            return Poll::Ready(panicked());
        };
        let polled = contain_panics(|| future.as_mut().poll(context));
        if let Ok(Poll::Pending) = polled {
            return Poll::Pending;
        }
        let future = self.0.take();
        let dropped = contain_panics(move || drop(future));
        Poll::Ready(match (polled, dropped) {
            (Ok(Poll::Ready(health)), Ok(())) => health,
            _ => panicked(),
        })
    }
}

impl Drop for PanicsContained {
    fn drop(&mut self) {
        let future = self.0.take();
        // A result, if there was one, has been recorded already.
        let _ = contain_panics(move || drop(future));
    }
}
