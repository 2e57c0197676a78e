//! The tokio runtimes that health checks run on, and that their timeouts are kept on.

use std::panic::catch_unwind;
use std::sync::{OnceLock, RwLock};
use std::time::Duration;
use std::{io, thread};

use tokio::runtime::{Builder, Handle, Id, Runtime};

use crate::engine::run::Executor;

/// Where runs go, and where a report is put together that was asked for outside of tokio.
pub(crate) struct Runtimes {
    /// The one that `build()` was called on: the service's own, where the connections live that
    /// checks use. A check that ran elsewhere could succeed while the service is stuck.
    service: Option<Executor>,
    own: OwnRuntime,
    clock: OwnRuntime,
    /// A runtime of the user's that is known to have no clock.
    without_clock: OnceLock<Id>,
}

/// Made when it is needed; an error says why it could not be.
type OwnRuntime = OnceLock<Result<Runtime, String>>;

impl Runtimes {
    /// `Err` says why the runtime that this is called on, which has no clock, cannot be given one.
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

    /// The runtime that `build()` was called on, if it was on one: checks run there, whoever asks.
    pub(crate) fn service(&self) -> Option<&Executor> {
        self.service.as_ref()
    }

    /// Where checks run that are asked from outside of tokio, or by nobody.
    pub(crate) fn without_caller(&self) -> Result<Executor, String> {
        match &self.service {
            Some(service) => Ok(service.clone()),
            None => Ok(Executor::with_clock(self.own()?.clone())),
        }
    }

    /// A runtime of ours for checks, where neither the service nor the caller has one.
    fn own(&self) -> Result<&Handle, String> {
        // Two threads, so that an async check which blocks its thread does not hold up the rest.
        made_once(&self.own, 2, "panopticon")
    }

    /// A runtime of ours on which no check ever runs, so that none can stop its clock.
    pub(crate) fn clock(&self) -> Result<&Handle, String> {
        made_once(&self.clock, 1, "panopticon-clock")
    }

    /// The caller's runtime, if there is one and it can keep a timeout.
    pub(crate) fn caller_with_clock(&self) -> Option<Executor> {
        let caller = Handle::try_current().ok()?;
        // Tokio offers no way to ask for the clock but to use it, which panics where it is off:
        // not to be risked where a panic ends the process (every report then takes the way over our
        // own clock), nor more than once.
        let may_try = cfg!(panic = "unwind") && self.without_clock.get() != Some(&caller.id());
        if may_try && catch_unwind(|| tokio::time::sleep(Duration::ZERO)).is_ok() {
            return Some(Executor::with_clock(caller));
        }
        // With two such runtimes the second is tried each time; none of them is a service's.
        let _ = self.without_clock.set(caller.id());
        None
    }
}

fn made_once<'a>(
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

/// Whether so many threads can be started now. Tokio panics where it cannot start one, and waits for
/// ever where it is not the first.
fn try_threads(count: usize) -> io::Result<()> {
    let gate = RwLock::new(());
    thread::scope(|scope| {
        // Until all are there.
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
                // Waiting for it would panic where the last handle is dropped in an async context.
                runtime.shutdown_background();
            }
        }
    }
}
