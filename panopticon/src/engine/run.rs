//! One run of one check: on a task or thread of its own, its panics contained.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{Instant, Timeout, timeout_at};

use crate::check::HealthFuture;
use crate::check::Resources;
use crate::check::{CheckFn, Definition};
use crate::engine::outcome::Outcome;
use crate::health::Health;
use crate::panics::{Panicked, contain_panics};

/// Where a run takes place.
#[derive(Debug, Clone)]
pub(crate) struct Executor {
    pub(crate) runtime: Handle,
    /// What keeps its timeout: the same runtime, or another one if that has no clock.
    pub(crate) clock: Handle,
}

impl Executor {
    /// A runtime that keeps time itself.
    pub(crate) fn with_clock(runtime: Handle) -> Self {
        Self { clock: runtime.clone(), runtime }
    }
}

/// A run that was started. It goes on when this is dropped.
pub(crate) struct Run {
    abort: AbortHandle,
    asked: Instant,
    timeout: Duration,
}

/// Who is told of a run, on the run's own task or thread.
pub(crate) trait Witness: Send + 'static {
    /// It has a thread.
    fn begun(&self);

    /// What it ended in. Dropped uncalled when the run is aborted, or the runtime ends.
    fn ended(self, outcome: Outcome);
}

impl Executor {
    /// Spawns an async check as a task.
    fn spawn_task(
        &self,
        start: impl FnOnce() -> HealthFuture + Send + 'static,
        end: End<impl Witness>,
    ) -> AbortHandle {
        let (clock, runtime) = (&self.clock, &self.runtime);
        let other_clock = (clock.id() != runtime.id()).then(|| clock.clone());
        let run = async move {
            end.witness.begun();
            let started = Instant::now();
            let health = match contain_panics(start) {
                Ok(future) => {
                    let future = PanicsContained(Some(future));
                    let answered = until(end.deadline, other_clock.as_ref(), future).await;
                    answered.unwrap_or_else(|_| timed_out_after(end.timeout))
                }
                Err(Panicked) => panicked(),
            };
            end.reach(health, started);
        };
        runtime.spawn(run).abort_handle()
    }

    /// Spawns a blocking check on the blocking pool.
    fn spawn_thread(
        &self,
        call: impl FnOnce() -> Health + Send + 'static,
        end: End<impl Witness>,
    ) -> AbortHandle {
        let run = move || {
            end.witness.begun();
            let started = Instant::now();
            let health = contain_panics(call).unwrap_or_else(|Panicked| panicked());
            end.reach(health, started);
        };
        // Tokio panics when the operating system refuses the pool its first thread.
        contain_panics(|| self.runtime.spawn_blocking(run).abort_handle())
            .unwrap_or_else(|Panicked| self.runtime.spawn(async {}).abort_handle())
    }
}

impl Run {
    /// Starts `check`: an async check as a task, a blocking one on the blocking pool.
    pub(crate) fn start(
        check: &Definition,
        resources: &Arc<Resources>,
        executor: &Executor,
        witness: impl Witness,
    ) -> Self {
        let asked = Instant::now();
        let end = End { deadline: asked + check.timeout, timeout: check.timeout, witness };
        let resources = Arc::clone(resources);
        let abort = match check.function.clone() {
            CheckFn::Async(function) => executor.spawn_task(move || function(resources), end),
            CheckFn::AsyncClosure(closure) => executor.spawn_task(move || closure(), end),
            CheckFn::Blocking(function) => executor.spawn_thread(move || function(&resources), end),
            CheckFn::BlockingClosure(closure) => executor.spawn_thread(move || closure(), end),
        };
        Self { abort, asked, timeout: check.timeout }
    }

    /// When it has to have answered.
    pub(crate) fn deadline(&self) -> Instant {
        self.asked + self.timeout
    }

    /// Whether it is gone: ended, or dropped by whatever ran it.
    pub(crate) fn is_over(&self) -> bool {
        self.abort.is_finished()
    }

    /// Drops an async run, and a blocking one that has not begun. One that has cannot be stopped.
    pub(crate) fn abort(&self) {
        self.abort.abort();
    }

    /// What is reported when its deadline has passed.
    pub(crate) fn timed_out(&self, has_begun: bool) -> Outcome {
        let health = if has_begun {
            timed_out_after(self.timeout)
        } else {
            let timeout = self.timeout;
            Health::unhealthy(format!(
                "not checked: no thread of the runtime was free for {timeout:?}"
            ))
        };
        Outcome::now(health, self.asked)
    }

    /// What is reported when its deadline has passed long ago.
    pub(crate) fn still_running(&self, has_begun: bool) -> Outcome {
        let age = self.asked.elapsed().as_secs();
        let message = if has_begun {
            format!("still running after {age} s")
        } else {
            format!("not checked: no thread of the runtime was free for {age} s")
        };
        Outcome::now(Health::unhealthy(message), self.asked)
    }
}

/// By when a run has to end, and who is told.
struct End<W> {
    deadline: Instant,
    timeout: Duration,
    witness: W,
}

impl<W: Witness> End<W> {
    fn reach(self, health: Health, start: Instant) {
        let mut outcome = Outcome::now(health, start);
        // Nobody may have been there to give the run up in time: a check that blocks the very thread
        // that the runtime's timers wait for ends before they do.
        if outcome.ended > self.deadline {
            outcome.health = timed_out_after(self.timeout);
        }
        self.witness.ended(outcome);
    }
}

fn timed_out_after(timeout: Duration) -> Health {
    Health::unhealthy(format!("timed out after {timeout:?}"))
}

/// Runs a check's future up to its deadline. Whoever waits for the run keeps that too; here it is
/// kept for a run that nobody waits for any more. By the runtime's own clock, unless there is
/// another one.
fn until(
    deadline: Instant,
    other_clock: Option<&Handle>,
    future: PanicsContained,
) -> Timeout<PanicsContained> {
    let _context = other_clock.map(Handle::enter);
    timeout_at(deadline, future)
}

/// What a client is told of a panic.
fn panicked() -> Health {
    Health::unhealthy("panicked")
}

/// A check's future whose panics, while it is polled or dropped, become an answer.
///
/// Tokio catches the first panic of a task, but drops the task's future while it unwinds: a second
/// panic there would abort the process.
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
        // Its answer, if any, was given; nobody is left to tell.
        let _ = contain_panics(move || drop(future));
    }
}
