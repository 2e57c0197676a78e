//! The timers that end runs, questions and overrides. They are those of a runtime of our own, on
//! which nothing else runs, so that nothing can hold them up.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::{io, mem, process, thread};

use tokio::runtime::{Builder, Handle};

use crate::paused_time;

/// Shared by all services of a process, and never stopped, since a timer that is polled after its
/// runtime has shut down panics.
static CLOCK: Mutex<Option<Clock>> = Mutex::new(None);

struct Clock {
    runtime: Handle,
    /// The process that its thread belongs to.
    process: u32,
}

/// Returns the runtime whose timers and signals we use, on a thread that is started when it is
/// first needed.
///
/// # Errors
///
/// If the thread cannot be started; the error says why, and is not remembered.
pub(crate) fn clock() -> Result<Handle, String> {
    let mut clock = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let process = process::id();
    if let Some(Clock { runtime, .. }) = clock.as_ref().filter(|clock| clock.process == process) {
        return Ok(runtime.clone());
    }
    let runtime =
        start().map_err(|error| format!("the thread for timeouts cannot be started: {error}"))?;
    // Not dropped: in a fork, the earlier one shares its sockets with the parent process.
    mem::forget(clock.replace(Clock { runtime: runtime.clone(), process }));
    Ok(runtime)
}

fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    // Not with tokio's own way to start a thread, which panics if the operating system refuses one.
    thread::Builder::new()
        .name("panopticon-clock".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
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

/// Polls a future in the context of a runtime, whose timers it then uses.
pub(crate) async fn within<F: Future>(runtime: &Handle, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        let _context = runtime.enter();
        future.as_mut().poll(context)
    })
    .await
}
