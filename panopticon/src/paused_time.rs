//! The paused time of a runtime, which users' tests may have
//! (<https://docs.rs/tokio/latest/tokio/time/fn.pause.html>).

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::panics::contain_panics;

/// Returns the current runtime if its time is not the system's, because it was paused.
pub(crate) fn runtime() -> Option<Handle> {
    let runtime = Handle::try_current().ok()?;
    let before = std::time::Instant::now();
    let now = Instant::now().into_std();
    (now < before || std::time::Instant::now() < now).then_some(runtime)
}

/// Keeps the time of the current runtime, if it is paused, from advancing by itself until the
/// returned value is dropped. Tokio does so for its own blocking threads. Work on one of ours must
/// not time out either just because the runtime is idle meanwhile.
pub(crate) fn hold() -> Option<oneshot::Sender<()>> {
    let runtime = runtime()?;
    let (hold, released) = oneshot::channel();
    // Panics if the operating system refuses the thread.
    let _ = contain_panics(|| runtime.spawn_blocking(|| released.blocking_recv()));
    Some(hold)
}
