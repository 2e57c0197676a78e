//! The tokio runtimes that checks run on and that enforce their timeouts.

use std::panic::catch_unwind;
use std::sync::{OnceLock, RwLock};
use std::time::Duration;
use std::{io, thread};

use tokio::runtime::{Builder, Handle, Id, Runtime};

/// The runtime of a run, and the one that enforces its timeout.
#[derive(Debug, Clone)]
pub(crate) struct Executor {
    pub(crate) runtime: Handle,
    /// The same runtime, or another if that one has no clock.
    pub(crate) clock: Handle,
}

impl Executor {
    /// Returns the executor of a runtime that has a clock itself.
    fn with_clock(runtime: Handle) -> Self {
        Self { clock: runtime.clone(), runtime }
    }
}

/// The runtimes that runs go to, and on which questions from outside tokio are answered.
pub(crate) struct Runtimes {
    /// The runtime that `build()` was called on: the service's own, which has the connections that
    /// checks use. A check that ran elsewhere could succeed while the service is stuck.
    service: Option<Executor>,
    own: OwnRuntime,
    clock: OwnRuntime,
    /// A runtime of the user's that is known to have no clock.
    without_clock: OnceLock<Id>,
}

/// A runtime that is started when it is first needed. An error says why it could not be started.
type OwnRuntime = OnceLock<Result<Runtime, String>>;

impl Runtimes {
    /// Takes the runtime that this is called on as the service's own.
    ///
    /// # Errors
    ///
    /// If that runtime has no clock, and no other can be started; the error says why.
    pub(crate) fn around_build() -> Result<Self, String> {
        let mut runtimes = Self {
            service: None,
            own: OnceLock::new(),
            clock: OnceLock::new(),
            without_clock: OnceLock::new(),
        };
        runtimes.service = match (runtimes.caller_with_clock(), Handle::try_current()) {
            (None, Ok(runtime)) => Some(Executor { runtime, clock: runtimes.clock()?.clone() }),
            (caller, _) => caller,
        };
        Ok(runtimes)
    }

    /// Returns the runtime that `build()` was called on, if there was one: checks run there,
    /// whichever runtime a question comes from.
    pub(crate) fn service(&self) -> Option<&Executor> {
        self.service.as_ref()
    }

    /// Returns where checks run if the caller is not on tokio, or if there is no caller.
    pub(crate) fn without_caller(&self) -> Result<Executor, String> {
        match &self.service {
            Some(service) => Ok(service.clone()),
            None => Ok(Executor::with_clock(self.own()?.clone())),
        }
    }

    /// Returns our runtime for checks, for when neither the service nor the caller has one.
    fn own(&self) -> Result<&Handle, String> {
        // Two threads, so that an async check that blocks its thread does not hold up the others.
        started_once(&self.own, 2, "panopticon")
    }

    /// Returns our runtime for timeouts. No check ever runs on it, so none can stop its clock.
    pub(crate) fn clock(&self) -> Result<&Handle, String> {
        started_once(&self.clock, 1, "panopticon-clock")
    }

    /// Returns the caller's runtime, if there is one and it has a clock.
    pub(crate) fn caller_with_clock(&self) -> Option<Executor> {
        let caller = Handle::try_current().ok()?;
        // The only way to find out is to use the clock, which panics if it is off. That is tried
        // once per runtime, and not at all if a panic ends the process, in which case every report
        // uses our clock.
        let may_try = cfg!(panic = "unwind") && self.without_clock.get() != Some(&caller.id());
        if may_try && catch_unwind(|| tokio::time::sleep(Duration::ZERO)).is_ok() {
            return Some(Executor::with_clock(caller));
        }
        // Only one is remembered. A second runtime without a clock is tried each time.
        let _ = self.without_clock.set(caller.id());
        None
    }
}

fn started_once<'a>(
    runtime: &'a OwnRuntime,
    threads: usize,
    thread_name: &str,
) -> Result<&'a Handle, String> {
    let runtime = runtime.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(threads).thread_name(thread_name).enable_all();
        try_threads(threads)
            .and_then(|()| builder.build())
            .map_err(|error| format!("no runtime can be started for health checks: {error}"))
    });
    runtime.as_ref().map(Runtime::handle).map_err(String::clone)
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
        for runtime in [&mut self.own, &mut self.clock] {
            if let Some(Ok(runtime)) = runtime.take() {
                // Waiting for it would panic if the last handle is dropped in an async context.
                runtime.shutdown_background();
            }
        }
    }
}
