//! One run of one check, on a task or thread of its own, with its panics contained.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::monitored_check::MonitoredCheck;
use super::runtimes::Executor;
use super::state::{RunInFlight, RunResult};
use super::timeout::{limit, timed_out_after};
use crate::blocking_threads;
use crate::check::{CheckFn, HealthFuture};
use crate::health::Health;
use crate::panics::{Panicked, contain_panics};

/// Spawns a run: of an async check as a task, which can be aborted, and of a blocking one on a
/// thread.
pub(super) fn spawn(
    check: Arc<MonitoredCheck>,
    run: RunInFlight,
    executor: &Executor,
) -> Option<AbortHandle> {
    let resources = Arc::clone(&check.context.resources);
    let function = check.definition.function.clone();
    let run = SpawnedRun { check, run, has_ended: false };
    match function {
        CheckFn::Async(call) => Some(spawn_task(run, executor, move || call(resources))),
        CheckFn::AsyncClosure(call) => Some(spawn_task(run, executor, move || call())),
        CheckFn::Blocking(call) => {
            spawn_on_thread(run, executor, move || call(&resources));
            None
        }
        CheckFn::BlockingClosure(call) => {
            spawn_on_thread(run, executor, move || call());
            None
        }
    }
}

fn spawn_task(
    run: SpawnedRun,
    executor: &Executor,
    call: impl FnOnce() -> HealthFuture + Send + 'static,
) -> AbortHandle {
    let clock = executor.clock.clone();
    let task = async move {
        let Some(started) = run.begin() else { return };
        let health = match contain_panics(call) {
            Ok(future) => {
                let mut future = PanicsContained(Some(future));
                let mut deadline = run.run.deadline;
                loop {
                    if let Ok(health) = limit(deadline, &clock, &mut future).await {
                        break health;
                    }
                    let extended = run.check.extend(run.run.number);
                    let Some(extended) = extended.filter(|it| it.deadline > deadline) else {
                        drop(future);
                        return run.end_without_answer(started);
                    };
                    deadline = extended.deadline;
                }
            }
            Err(Panicked) => panicked(),
        };
        run.end(health, started);
    };
    executor.runtime.spawn(task).abort_handle()
}

fn spawn_on_thread(
    run: SpawnedRun,
    executor: &Executor,
    call: impl FnOnce() -> Health + Send + 'static,
) {
    let runtime = executor.runtime.clone();
    blocking_threads::spawn(move |thread| {
        // As on a thread of the runtime itself, so that the check can use it.
        let _context = runtime.enter();
        if let Err(error) = thread {
            run.refuse(&error);
        } else if let Some(started) = run.begin() {
            let health = contain_panics(call).unwrap_or_else(|Panicked| panicked());
            run.end(health, started);
        }
    });
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
        let result = RunResult::answered(health, started);
        // An async check that blocks its thread may end late before any caller could give it up.
        let is_late = result.ended > self.run.deadline;
        if is_late && self.check.extend(self.run.number).is_none() {
            return self.end_without_answer(started);
        }
        self.check.end_run(self.run.number, result);
    }

    fn end_without_answer(mut self, started: Instant) {
        self.has_ended = true;
        let reason = timed_out_after(self.check.definition.timeout);
        self.check.end_run(self.run.number, RunResult::unanswered(reason, started));
    }

    /// Ends the run of a check for which there is no thread.
    fn refuse(mut self, error: &io::Error) {
        self.has_ended = true;
        self.check.refuse_run(self.run.number, error);
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
