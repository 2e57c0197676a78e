//! Subscriptions to transitions.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::{broadcast, watch};

use super::Transition;
use super::watch::Watched;

/// A subscription to the transitions of all components; from
/// [`Panopticon::subscribe`](crate::Panopticon::subscribe).
///
/// With the feature `stream` it is a `futures_core::Stream` of what [`next`](Self::next) returns.
pub struct Transitions {
    receiver: broadcast::Receiver<Arc<Transition>>,
    /// Changes after each transition, and at the end.
    wake_signal: Watched<()>,
}

impl Transitions {
    /// The maximum number of transitions that wait for a subscriber. It loses the oldest when there
    /// are more.
    pub const CAPACITY: usize = 1024;

    pub(super) fn new(
        receiver: broadcast::Receiver<Arc<Transition>>,
        wake_signal: watch::Receiver<()>,
    ) -> Self {
        Self { receiver, wake_signal: Watched::new(wake_signal) }
    }

    /// Waits for the next transition; each arrives once, in order. Returns `None` when the last
    /// handle of the [`Panopticon`](crate::Panopticon) is gone.
    ///
    /// Cancel safe: dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// If more than [`CAPACITY`](Self::CAPACITY) transitions were waiting, so that the oldest are
    /// lost. The next call returns the oldest that is left.
    pub async fn next(&mut self) -> Option<Result<Arc<Transition>, Missed>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    pub(super) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Arc<Transition>, Missed>>> {
        loop {
            match self.receiver.try_recv() {
                Ok(transition) => return Poll::Ready(Some(Ok(transition))),
                Err(TryRecvError::Lagged(count)) => {
                    return Poll::Ready(Some(Err(Missed { count })));
                }
                Err(TryRecvError::Closed) => return Poll::Ready(None),
                Err(TryRecvError::Empty) => {}
            }
            // `None` only if the sender is gone, and then the channel is closed as well.
            let _ = ready!(self.wake_signal.poll_change(context));
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
    /// The number of lost transitions.
    pub count: u64,
}

impl Error for Missed {}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "missed {} transitions because they were not received in time", self.count)
    }
}
