//! Waits for changes of a watched value, from a `poll` function.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::watch;

/// A receiver of a watched value, and a wait for its next change that is kept from one poll to the
/// next.
pub(crate) struct Watched<T> {
    receiver: watch::Receiver<T>,
    wait: Option<Wait<T>>,
}

/// A wait that gives the receiver back, and says whether there was a change.
type Wait<T> = Pin<Box<dyn Future<Output = (watch::Receiver<T>, bool)> + Send + Sync>>;

impl<T: Copy + Send + Sync + 'static> Watched<T> {
    pub(crate) fn new(receiver: watch::Receiver<T>) -> Self {
        Self { receiver, wait: None }
    }

    /// Returns the value after its next change, or `None` once the sender is gone.
    pub(crate) fn poll_change(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let receiver = &self.receiver;
        let wait = self.wait.get_or_insert_with(|| {
            let mut receiver = receiver.clone();
            Box::pin(async move {
                let has_changed = receiver.changed().await.is_ok();
                (receiver, has_changed)
            })
        });
        let (receiver, has_changed) = ready!(wait.as_mut().poll(context));
        self.receiver = receiver;
        self.wait = None;
        let value = *self.receiver.borrow_and_update();
        Poll::Ready(has_changed.then_some(value))
    }
}
