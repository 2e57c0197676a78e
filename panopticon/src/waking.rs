//! Wakers, which are anybody's code.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::panics::contain_panics;

/// Waits with a waker that cannot panic, whatever the caller's does. Tokio wakes many in a row: those
/// after one that panics would sleep on.
pub(crate) async fn woken_safely<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut last: Option<(Waker, Waker)> = None;
    poll_fn(|context| -> Poll<F::Output> {
        let callers = context.waker();
        let (_, safe) = match last.take_if(|(known, _)| known.will_wake(callers)) {
            Some(same) => last.insert(same),
            None => last.insert((callers.clone(), Waker::from(Arc::new(Safe(callers.clone()))))),
        };
        future.as_mut().poll(&mut Context::from_waker(safe))
    })
    .await
}

/// Lets those have their turn that are in the executor's queue by now.
pub(crate) async fn others_first() {
    let mut is_queued = false;
    poll_fn(|context| {
        if std::mem::replace(&mut is_queued, true) {
            return Poll::Ready(());
        }
        // Not `yield_now` of tokio, which has the runtime look at its sockets and timers before.
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

struct Safe(Waker);

impl Wake for Safe {
    fn wake(self: Arc<Self>) {
        let _ = contain_panics(|| self.0.wake_by_ref());
    }
}
