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

struct Safe(Waker);

impl Wake for Safe {
    fn wake(self: Arc<Self>) {
        let _ = contain_panics(|| self.0.wake_by_ref());
    }
}
