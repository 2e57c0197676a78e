//! Subscriptions to the beginning and the end of draining.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use tokio::sync::watch;

use super::watch::Watched;

/// A subscription to whether the service drains; from
/// [`Panopticon::subscribe_draining`](crate::Panopticon::subscribe_draining).
///
/// With the feature `stream` it is a `futures_core::Stream` of what [`next`](Self::next) returns.
pub struct DrainingChanges {
    watched: Watched<bool>,
    is_draining: bool,
}

impl DrainingChanges {
    pub(crate) fn new(receiver: watch::Receiver<bool>) -> Self {
        let is_draining = *receiver.borrow();
        Self { watched: Watched::new(receiver), is_draining }
    }

    /// Waits until the service begins or stops draining, and returns whether it now drains. If it
    /// does both before a subscriber looks, the subscriber sees neither. Returns `None` once the
    /// last handle of the [`Panopticon`](crate::Panopticon) has been dropped.
    ///
    /// Cancel safe: dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<bool> {
        poll_fn(|context| self.poll_next(context)).await
    }

    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<bool>> {
        loop {
            match ready!(self.watched.poll_change(context)) {
                Some(is_draining) if is_draining == self.is_draining => {}
                Some(is_draining) => {
                    self.is_draining = is_draining;
                    return Poll::Ready(Some(is_draining));
                }
                None => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for DrainingChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrainingChanges").finish_non_exhaustive()
    }
}
