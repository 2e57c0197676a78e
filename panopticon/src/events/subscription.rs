//! Subscriptions to transitions.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::{broadcast, watch};

use super::Transition;

/// A subscription to the transitions of all components; from
/// [`Panopticon::subscribe`](crate::Panopticon::subscribe).
///
/// With the feature `stream` it is a `futures_core::Stream` of what [`next`](Self::next) returns.
pub struct Transitions {
    receiver: broadcast::Receiver<Arc<Transition>>,
    /// Changes after each transition, and at the end.
    pub(super) alarm: watch::Receiver<()>,
    #[cfg(feature = "stream")]
    pub(super) wait: Option<super::stream::Wait>,
}

impl Transitions {
    /// How many transitions can wait for a subscriber. It loses the oldest when there are more.
    pub const CAPACITY: usize = 1024;

    pub(super) fn new(
        receiver: broadcast::Receiver<Arc<Transition>>,
        alarm: watch::Receiver<()>,
    ) -> Self {
        Self {
            receiver,
            alarm,
            #[cfg(feature = "stream")]
            wait: None,
        }
    }

    /// Waits for the next transition; each comes once, in order. Returns `None` when the last handle
    /// of the [`Panopticon`](crate::Panopticon) is gone.
    ///
    /// Cancel safe: dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// If more than [`CAPACITY`](Self::CAPACITY) transitions were waiting and the oldest are lost.
    /// The next call returns the oldest that is left.
    pub async fn next(&mut self) -> Option<Result<Arc<Transition>, Missed>> {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            // Fails only if the sender is gone, and then the channel is closed as well.
            let _ = self.alarm.changed().await;
        }
    }

    /// Returns what [`next`](Self::next) would return without waiting.
    pub(super) fn try_next(&mut self) -> Option<Option<Result<Arc<Transition>, Missed>>> {
        match self.receiver.try_recv() {
            Ok(transition) => Some(Some(Ok(transition))),
            Err(TryRecvError::Lagged(count)) => Some(Some(Err(Missed { count }))),
            Err(TryRecvError::Closed) => Some(None),
            Err(TryRecvError::Empty) => None,
        }
    }
}

impl fmt::Debug for Transitions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transitions").finish_non_exhaustive()
    }
}

/// The number of transitions that a subscriber has lost because it was too slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Missed {
    /// How many.
    pub count: u64,
}

impl Error for Missed {}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "missed {} transitions because they were not received in time", self.count)
    }
}
