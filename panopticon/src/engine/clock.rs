//! The timers that end runs, questions and overrides. They are those of a runtime of our own, on
//! which nothing else runs, so that nothing can hold them up.

use std::convert::Infallible;
#[cfg(all(feature = "signal", any(unix, windows)))]
use std::future::pending;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::{io, mem, process, thread};

use tokio::runtime::{Builder, Handle, Runtime};

use super::heartbeat;
use crate::panics::contain_panics;
use crate::{blocking_threads, paused_time};

/// A runtime with a thread of its own, shared by all services of a process. It is never stopped,
/// since a timer that is polled after its runtime has shut down panics.
struct SharedRuntime(Mutex<Option<Started>>);

struct Started {
    runtime: Handle,
    /// The process that its thread belongs to.
    process: u32,
}

static CLOCK: SharedRuntime = SharedRuntime::new();

/// Returns the runtime whose timers we use, on a thread that is started when it is first needed.
///
/// # Errors
///
/// If the thread cannot be started; the error says why, and is not remembered.
pub(crate) fn clock() -> Result<Handle, String> {
    // Without I/O, which takes file descriptors.
    let start = || {
        let builder = &mut Builder::new_current_thread();
        start("panopticon-clock", builder.enable_time(), heartbeat::start())
    };
    CLOCK.get(start).map_err(|error| format!("the thread for timeouts cannot be started: {error}"))
}

/// Returns the runtime that waits for signals, on a thread that is started when it is first needed.
#[cfg(all(feature = "signal", any(unix, windows)))]
pub(crate) fn signal_runtime() -> io::Result<Handle> {
    static SIGNALS: SharedRuntime = SharedRuntime::new();

    SIGNALS.get(|| {
        #[cfg(unix)]
        try_descriptors()?;
        start("panopticon-signal", Builder::new_current_thread().enable_all(), pending())
    })
}

/// Checks that there are file descriptors left for a runtime with I/O, which takes six. Tokio
/// panics if there are none for the pipe through which it passes signals on.
#[cfg(unix)]
pub(super) fn try_descriptors() -> io::Result<()> {
    use std::os::unix::net::UnixStream;

    drop([UnixStream::pair()?, UnixStream::pair()?, UnixStream::pair()?]);
    Ok(())
}

/// Builds a runtime with timers and I/O for the current thread.
#[cfg(feature = "server")]
pub(crate) fn server_runtime() -> io::Result<Runtime> {
    #[cfg(unix)]
    try_descriptors()?;
    build(Builder::new_current_thread().enable_all())
}

impl SharedRuntime {
    const fn new() -> Self {
        Self(Mutex::new(None))
    }

    fn get(&self, start: impl FnOnce() -> io::Result<Handle>) -> io::Result<Handle> {
        let mut started = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let process = process::id();
        if let Some(Started { runtime, .. }) = started.as_ref().filter(|it| it.process == process) {
            return Ok(runtime.clone());
        }
        let runtime = start()?;
        // In a fork, the earlier one shares its sockets with the parent process.
        mem::forget(started.replace(Started { runtime: runtime.clone(), process }));
        Ok(runtime)
    }
}

/// Builds a runtime. Tokio panics if a thread or file descriptor is refused although there was room
/// for it a moment ago.
pub(super) fn build(builder: &mut Builder) -> io::Result<Runtime> {
    contain_panics(|| builder.build()).unwrap_or_else(|_| Err(io::ErrorKind::WouldBlock.into()))
}

/// Starts a runtime on a new thread, with a task that never ends. Tokio's own way of starting a
/// thread panics if the operating system refuses one.
fn start(
    thread_name: &str,
    builder: &mut Builder,
    task: impl Future<Output = Infallible> + Send + 'static,
) -> io::Result<Handle> {
    let runtime = build(builder)?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name(thread_name.to_owned()).spawn(move || runtime.block_on(task))?;
    Ok(handle)
}

/// Returns the runtime whose timers a caller uses: its own while its time is paused, as it may be
/// in a test, otherwise ours. The only way to ask tokio whether a runtime has timers is to use one,
/// which panics if there are none.
///
/// # Errors
///
/// The same as those of [`clock`].
pub(crate) fn callers_clock() -> Result<Handle, String> {
    paused_time::runtime().map_or_else(clock, Ok)
}

/// A shared value whose last owner may be on a thread of ours that must not block. The value is
/// then dropped on another thread, since its `drop` may run users' code.
pub(crate) struct DropElsewhere<T: Send + Sync + 'static>(Option<Arc<T>>);

impl<T: Send + Sync + 'static> DropElsewhere<T> {
    #[cfg(all(feature = "systemd", unix))]
    pub(crate) fn new(value: Arc<T>) -> Self {
        Self(Some(value))
    }

    /// Returns the value, unless it has been dropped.
    pub(crate) fn upgrade(value: &Weak<T>) -> Option<Self> {
        value.upgrade().map(|value| Self(Some(value)))
    }

    pub(crate) fn get(&self) -> Option<&Arc<T>> {
        self.0.as_ref()
    }
}

impl<T: Send + Sync + 'static> Drop for DropElsewhere<T> {
    fn drop(&mut self) {
        if let Some(last) = self.0.take().and_then(Arc::into_inner) {
            blocking_threads::spawn(move |_| drop(last));
        }
    }
}

/// Polls a future in the context of a runtime, whose timers it then uses.
pub(crate) async fn within<F: Future>(runtime: &Handle, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        let _context = runtime.enter();
        future.as_mut().poll(context)
    })
    .await
}
