//! The end of a wait on a thread of ours, once its result no longer matters.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a wait lasts before it looks for a cancellation.
const INTERVAL: Duration = Duration::from_millis(250);

/// Ends waits, within 250 ms. Clones belong together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cancellation(Arc<AtomicBool>);

/// Cancels when it is dropped, such as with a future that a health check's timeout ends.
pub(crate) struct CancelOnDrop(Cancellation);

/// Why a wait has ended without what it waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expired {
    DeadlinePassed,
    Cancelled,
}

impl Cancellation {
    pub(crate) fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn cancel_on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(self.clone())
    }

    /// Returns how long to wait before the next call of this, or why not to wait any longer.
    pub(crate) fn next_wait(&self, deadline: Instant) -> Result<Duration, Expired> {
        if self.0.load(Ordering::Relaxed) {
            return Err(Expired::Cancelled);
        }
        match deadline.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(Expired::DeadlinePassed),
            left => Ok(left.min(INTERVAL)),
        }
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
