//! One run of one check: on a task or thread of its own, its panics contained, its timeout kept by
//! whoever waits for it.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::check::HealthFuture;
use crate::health::Health;
use crate::registry::{Body, Check};
use crate::report::Outcome;
use crate::resources::Resources;

/// A run in flight. Dropped, it drops an async check; a blocking one cannot be stopped once it has
/// begun, and ends by itself.
pub(crate) struct Run {
    task: JoinHandle<Outcome>,
    has_started: Arc<AtomicBool>,
    asked: Instant,
    timeout: Duration,
}

impl Run {
    /// Starts `check` on `runtime`: an async check as a task, a blocking one on the blocking pool.
    pub(crate) fn start(check: &Check, resources: &Arc<Resources>, runtime: &Handle) -> Self {
        let has_started = Arc::new(AtomicBool::new(false));
        let started = Arc::clone(&has_started);
        let resources = Arc::clone(resources);
        let task = match check.body.clone() {
            Body::Async(call) => runtime.spawn(async move {
                started.store(true, Ordering::Relaxed);
                let start = Instant::now();
                let health = match contain_panics(move || call(resources)) {
                    Ok(future) => PanicsContained(Some(future)).await,
                    Err(Panicked) => panicked(),
                };
                Outcome::now(health, start.elapsed())
            }),
            Body::Blocking(call) => {
                let spawned = contain_panics(|| {
                    runtime.spawn_blocking(move || {
                        started.store(true, Ordering::Relaxed);
                        let start = Instant::now();
                        let health = contain_panics(move || call(&resources));
                        Outcome::now(health.unwrap_or_else(|Panicked| panicked()), start.elapsed())
                    })
                });
                // Tokio panics when the operating system refuses the pool its first thread.
                spawned.unwrap_or_else(|Panicked| {
                    runtime.spawn(async { Outcome::not_checked("no thread can be started") })
                })
            }
        };
        Self { task, has_started, asked: Instant::now(), timeout: check.timeout }
    }

    /// When [`outcome`](Self::outcome) answers at the latest.
    pub(crate) fn deadline(&self) -> Instant {
        self.asked + self.timeout
    }

    /// Waits for the check's answer, at most until the deadline; a check that has none by then is
    /// dropped with the run.
    pub(crate) async fn outcome(mut self) -> Outcome {
        let deadline = self.deadline();
        let health = match timeout_at(deadline, &mut self.task).await {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(_)) => {
                return Outcome::not_checked("the runtime that health checks run on has shut down");
            }
            Err(_) if self.has_started.load(Ordering::Relaxed) => {
                Health::unhealthy(format!("timed out after {:?}", self.timeout))
            }
            Err(_) => Health::unhealthy(format!(
                "not checked: no thread of the runtime was free for {:?}",
                self.timeout
            )),
        };
        Outcome::now(health, self.asked.elapsed())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// That something panicked; its payload may hold secrets and is not looked at. The panic hook has
/// had it already.
struct Panicked;

/// What a client is told of a panic.
fn panicked() -> Health {
    Health::unhealthy("panicked")
}

fn contain_panics<T>(action: impl FnOnce() -> T) -> Result<T, Panicked> {
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
