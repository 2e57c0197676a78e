//! The paused time of a runtime, which users' tests may have
//! (<https://docs.rs/tokio/latest/tokio/time/fn.pause.html>).

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::panics::contain_panics;

/// Returns the time of the current runtime, or the system's if there is none, and whether the two
/// differ because the runtime's was paused.
pub(crate) fn now() -> (Instant, bool) {
    let before = std::time::Instant::now();
    let now = Instant::now();
    let is_paused = now.into_std() < before || std::time::Instant::now() < now.into_std();
    (now, is_paused)
}

/// Returns the current runtime if its time was paused.
pub(crate) fn runtime() -> Option<Handle> {
    let (_, is_paused) = now();
    if is_paused { Handle::try_current().ok() } else { None }
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
