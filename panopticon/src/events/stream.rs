//! Subscriptions as streams.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tokio::sync::watch;

use super::{Missed, Transition, Transitions};

/// A wait for the alarm, kept from one poll to the next. Gives the receiver back.
pub(super) type Wait = Pin<Box<dyn Future<Output = watch::Receiver<()>> + Send + Sync>>;

impl Stream for Transitions {
    type Item = Result<Arc<Transition>, Missed>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(next) = self.try_next() {
                return Poll::Ready(next);
            }
            let mut alarm = self.alarm.clone();
            let wait = self.wait.get_or_insert_with(|| {
                Box::pin(async move {
                    // Fails only if the sender is gone, and then the channel is closed as well.
                    let _ = alarm.changed().await;
                    alarm
                })
            });
            self.alarm = ready!(wait.as_mut().poll(context));
            self.wait = None;
        }
    }
}
