//! The tokio runtimes that checks run on.

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::{io, thread};

use tokio::runtime::{Builder, Handle, Runtime, RuntimeFlavor};
use tokio::time::Instant;

#[cfg(unix)]
use super::clock::try_descriptors;
use super::clock::{build, callers_clock, clock};
use crate::paused_time;

/// The runtime of a run, and the one whose timers end it.
#[derive(Debug, Clone)]
pub(crate) struct Executor {
    pub(crate) runtime: Handle,
    /// Our clock, or `runtime` while its time is paused.
    pub(crate) clock: Handle,
    pub(crate) blocked_thread: BlockedThread,
}

/// The thread that a caller blocks while it waits for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockedThread {
    /// None, or one that the run does not need.
    Unneeded,
    /// Perhaps the only thread of the runtime.
    PerhapsTheOnlyOne,
}

impl Executor {
    fn new(runtime: Handle, clock: Handle) -> Self {
        Self { runtime, clock, blocked_thread: BlockedThread::Unneeded }
    }

    /// Returns the executor for a caller that is about to block the current thread, which may be
    /// the only one of a single-threaded runtime.
    pub(crate) fn for_blocking_caller(self) -> Self {
        let is_single = |runtime: &Handle| runtime.runtime_flavor() == RuntimeFlavor::CurrentThread;
        if is_single(&self.runtime) && Handle::try_current().is_ok_and(|it| is_single(&it)) {
            return Self { blocked_thread: BlockedThread::PerhapsTheOnlyOne, ..self };
        }
        self
    }
}

/// The runtimes that runs go to.
pub(crate) struct Runtimes {
    /// The runtime that `build()` was called on: the service's own, which has the connections that
    /// checks use. A check that ran elsewhere could succeed while the service is stuck.
    service: Option<Executor>,
    own: Mutex<Option<Runtime>>,
    /// Our [clock](super::clock), once it has been used.
    clock: OnceLock<Handle>,
}

impl Runtimes {
    /// Takes the runtime that this is called on, if there is one, as the service's own.
    ///
    /// # Errors
    ///
    /// If the thread for timeouts cannot be started; the error says why.
    pub(crate) fn around_build() -> Result<Self, String> {
        let service = match Handle::try_current() {
            Ok(runtime) => Some(Executor::new(runtime, callers_clock()?)),
            Err(_) => None,
        };
        Ok(Self { service, own: Mutex::new(None), clock: OnceLock::new() })
    }

    /// Returns the runtime that `build()` was called on.
    pub(super) fn of_service(&self) -> Option<Executor> {
        self.service.clone()
    }

    /// Returns whether `build()` was called on a runtime.
    pub(crate) fn has_service(&self) -> bool {
        self.service.is_some()
    }

    /// Returns where checks run for the caller (on the service's runtime, else on the caller's,
    /// else on our own), the runtime whose timers the caller uses, and the time of that runtime.
    ///
    /// # Errors
    ///
    /// If a thread that is needed cannot be started; the error says why, and is not remembered.
    pub(crate) fn for_caller(&self) -> Result<(Cow<'_, Executor>, Handle, Instant), String> {
        let (now, is_paused) = paused_time::now();
        let caller = Handle::try_current();
        let clock = match &caller {
            Ok(caller) if is_paused => caller.clone(),
            _ => self.clock()?.clone(),
        };
        let executor = match (&self.service, caller) {
            (Some(service), _) => Cow::Borrowed(service),
            (None, Ok(runtime)) => Cow::Owned(Executor::new(runtime, clock.clone())),
            (None, Err(_)) => Cow::Owned(self.own_executor()?),
        };
        Ok((executor, clock, now))
    }

    /// Returns where checks run if the caller is not on tokio, or if there is no caller.
    ///
    /// # Errors
    ///
    /// The same as those of [`for_caller`](Self::for_caller).
    pub(crate) fn without_caller(&self) -> Result<Executor, String> {
        match &self.service {
            Some(service) => Ok(service.clone()),
            None => self.own_executor(),
        }
    }

    /// Returns the runtime for the questions of a surface on a thread of ours.
    ///
    /// # Errors
    ///
    /// The same as those of [`for_caller`](Self::for_caller).
    #[cfg(any(
        feature = "grpc",
        feature = "heartbeat",
        feature = "server",
        all(feature = "systemd", unix)
    ))]
    pub(crate) fn for_surface(&self) -> Result<super::SurfaceRuntime, String> {
        let own = if self.has_service() { None } else { Some(self.own()?) };
        Ok(super::SurfaceRuntime(own))
    }

    fn own_executor(&self) -> Result<Executor, String> {
        Ok(Executor::new(self.own()?, self.clock()?.clone()))
    }

    fn clock(&self) -> Result<&Handle, String> {
        match self.clock.get() {
            Some(clock) => Ok(clock),
            None => Ok(self.clock.get_or_init({
                let clock = clock()?;
                || clock
            })),
        }
    }

    /// Returns our runtime for checks, for when neither the service nor the caller has one.
    fn own(&self) -> Result<Handle, String> {
        let mut own = self.lock_own();
        let runtime = match own.take() {
            Some(runtime) => runtime,
            None => start()
                .map_err(|error| format!("no runtime can be started for health checks: {error}"))?,
        };
        Ok(own.insert(runtime).handle().clone())
    }

    fn lock_own(&self) -> MutexGuard<'_, Option<Runtime>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a runtime for checks, with two threads, so that an async check that blocks its thread
/// does not hold up the others.
fn start() -> io::Result<Runtime> {
    const THREADS: usize = 2;
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(THREADS).thread_name("panopticon").enable_all();
    try_threads(THREADS)?;
    #[cfg(unix)]
    try_descriptors()?;
    build(&mut builder)
}

/// Checks that this number of threads can be started. Tokio panics if it cannot start the first,
/// and waits forever if it cannot start another.
fn try_threads(count: usize) -> io::Result<()> {
    let gate = RwLock::new(());
    thread::scope(|scope| {
        // Until all of them have started.
        let closed = gate.write();
        let started = (0..count).try_for_each(|_| {
            thread::Builder::new().spawn_scoped(scope, || drop(gate.read())).map(drop)
        });
        drop(closed);
        started
    })
}

impl Drop for Runtimes {
    fn drop(&mut self) {
        if let Some(runtime) = self.lock_own().take() {
            // Waiting for it would panic if the last handle is dropped in an async context.
            runtime.shutdown_background();
        }
    }
}
