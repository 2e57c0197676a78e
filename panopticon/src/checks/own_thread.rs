//! Checks that block, as futures.

use tokio::sync::oneshot;

use crate::blocking_threads;
use crate::health::Health;

/// Runs a check on a thread of ours, so that it can be awaited on any executor and holds up nothing
/// else. If this future is dropped, then so is `end`, which should end the check.
pub(super) async fn run_on_own_thread<E>(
    check: &'static str,
    end: E,
    run: impl FnOnce() -> Health + Send + 'static,
) -> Health {
    let (sender, finished) = oneshot::channel();
    blocking_threads::spawn(move |thread| {
        let health = match thread {
            Ok(()) => run(),
            Err(error) => Health::unhealthy(format!(
                "{check} not checked: no thread could be started: {error}"
            )),
        };
        // The caller may have given up.
        let _ = sender.send(health);
    });
    let health = finished.await;
    drop(end);
    health
        .unwrap_or_else(|_| Health::unhealthy(format!("{check} not checked: its thread has ended")))
}
