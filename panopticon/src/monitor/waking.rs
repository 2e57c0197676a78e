//! Wakers, which are anybody's code.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::run::contain_panics;

/// Waits with a waker that cannot panic, whatever the caller's does. Tokio wakes many in a row: those
/// after one that panics would sleep on.
pub(super) async fn woken_safely<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| -> Poll<F::Output> {
        let waker = Waker::from(Arc::new(Safe(context.waker().clone())));
        future.as_mut().poll(&mut Context::from_waker(&waker))
    })
    .await
}

struct Safe(Waker);

impl Wake for Safe {
    fn wake(self: Arc<Self>) {
        let _ = contain_panics(|| self.0.wake_by_ref());
    }
}
