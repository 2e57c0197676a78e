//! One run of one check: on a task or thread of its own, its panics contained.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{Instant, Timeout, timeout_at};

use crate::check::HealthFuture;
use crate::health::Health;
use crate::registry::{Body, Check};
use crate::report::Outcome;
use crate::resources::Resources;

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
    progress: Arc<Progress>,
    abort: AbortHandle,
    asked: Instant,
    timeout: Duration,
}

impl Run {
    /// Starts `check`: an async check as a task, a blocking one on the blocking pool.
    ///
    /// `deliver` gets what the run ends in, on the run's own task or thread; it is dropped uncalled
    /// when the run is aborted, or the runtime ends.
    pub(crate) fn start(
        check: &Check,
        resources: &Arc<Resources>,
        executor: &Executor,
        deliver: impl FnOnce(Outcome) + Send + 'static,
    ) -> Self {
        let asked = Instant::now();
        let (deadline, timeout) = (asked + check.timeout, check.timeout);
        // Nobody may have been there to give the run up in time: a check that blocks the very thread
        // that the runtime's timers wait for ends before they do.
        let deliver = move |health, start: Instant| {
            let mut outcome = Outcome::now(health, start);
            if outcome.ended > deadline {
                outcome.health = timed_out_after(timeout);
            }
            deliver(outcome);
        };
        let progress = Arc::new(Progress::default());
        let resources = Arc::clone(resources);
        let under_way = UnderWay(Arc::clone(&progress));
        let abort = match check.body.clone() {
            Body::Async(call) => {
                let (clock, runtime) = (&executor.clock, &executor.runtime);
                let other_clock = (clock.id() != runtime.id()).then(|| clock.clone());
                let run = async move {
                    under_way.begin();
                    let start = Instant::now();
                    let health = match contain_panics(move || call(resources)) {
                        Ok(future) => {
                            let future = PanicsContained(Some(future));
                            let answered = until(deadline, other_clock.as_ref(), future).await;
                            answered.unwrap_or_else(|_| timed_out_after(timeout))
                        }
                        Err(Panicked) => panicked(),
                    };
                    deliver(health, start);
                };
                executor.runtime.spawn(run).abort_handle()
            }
            Body::Blocking(call) => {
                let run = move || {
                    under_way.begin();
                    let start = Instant::now();
                    let health = contain_panics(move || call(&resources));
                    let health = health.unwrap_or_else(|Panicked| panicked());
                    deliver(health, start);
                };
                // Tokio panics when the operating system refuses the pool its first thread.
                contain_panics(|| executor.runtime.spawn_blocking(run).abort_handle())
                    .unwrap_or_else(|Panicked| executor.runtime.spawn(async {}).abort_handle())
            }
        };
        Self { progress, abort, asked, timeout: check.timeout }
    }

    /// When it has to have answered.
    pub(crate) fn deadline(&self) -> Instant {
        self.asked + self.timeout
    }

    /// Whether it is gone: ended, or dropped by whatever ran it.
    pub(crate) fn is_over(&self) -> bool {
        self.progress.is(Progress::OVER)
    }

    /// Drops an async run, and a blocking one that has not begun. One that has cannot be stopped.
    pub(crate) fn abort(&self) {
        self.abort.abort();
    }

    /// What is reported when its deadline has passed.
    pub(crate) fn timed_out(&self) -> Outcome {
        let health = if self.progress.is(Progress::WAITING) {
            let timeout = self.timeout;
            Health::unhealthy(format!(
                "not checked: no thread of the runtime was free for {timeout:?}"
            ))
        } else {
            timed_out_after(self.timeout)
        };
        Outcome::now(health, self.asked)
    }

    /// What is reported when its deadline has passed long ago.
    pub(crate) fn still_running(&self) -> Outcome {
        let age = self.asked.elapsed();
        let message = if self.progress.is(Progress::WAITING) {
            format!("not checked: no thread of the runtime was free for {} s", age.as_secs())
        } else {
            format!("still running after {} s", age.as_secs())
        };
        Outcome::now(Health::unhealthy(message), self.asked)
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

/// How far a run is.
#[derive(Default)]
struct Progress(AtomicU8);

impl Progress {
    const WAITING: u8 = 0;
    const RUNNING: u8 = 1;
    const OVER: u8 = 2;

    fn is(&self, stage: u8) -> bool {
        self.0.load(Ordering::Acquire) == stage
    }
}

/// A run's own part of its progress, which is over when this is dropped, in whatever way.
struct UnderWay(Arc<Progress>);

impl UnderWay {
    fn begin(&self) {
        self.0.0.store(Progress::RUNNING, Ordering::Release);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.store(Progress::OVER, Ordering::Release);
    }
}

/// That something panicked; its payload may hold secrets and is not looked at. The panic hook has
/// had it already.
pub(crate) struct Panicked;

/// What a client is told of a panic.
fn panicked() -> Health {
    Health::unhealthy("panicked")
}

pub(crate) fn contain_panics<T>(action: impl FnOnce() -> T) -> Result<T, Panicked> {
    // Whatever the action left half done is dropped with it: nothing sees a broken invariant.
    catch_unwind(AssertUnwindSafe(action)).map_err(|payload| {
        discard(payload);
        Panicked
    })
}

/// Drops a panic's payload, which may itself panic when dropped.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(payload_of_drop) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(payload_of_drop);
    }
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
