//! A timer that survives panics in the wakers of callers' executors.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::panics::contain_panics;

/// A timer of the runtime in whose context it was created. When it ends, it wakes the caller on the
/// thread of that runtime. A waker that panics would otherwise end that thread, and all other
/// timers with it.
pub(crate) struct Timer {
    sleep: Pin<Box<Sleep>>,
    /// The waker of the last poll, and the one that contains its panics.
    waker: Option<(Waker, Waker)>,
}

impl Timer {
    pub(crate) fn new(deadline: Instant) -> Self {
        Self { sleep: Box::pin(sleep_until(deadline)), waker: None }
    }

    /// Sets another deadline.
    pub(crate) fn set(&mut self, deadline: Instant) {
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
    }

    /// Waits for a future, until the deadline.
    pub(crate) async fn limit<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => self.poll(context).map(|()| None),
        })
        .await
    }

    fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        let waker = context.waker();
        let waker = match self.waker.take().filter(|(known, _)| known.will_wake(waker)) {
            Some(known) => known,
            None => (waker.clone(), Arc::new(Contained(waker.clone())).into()),
        };
        let (_, contained) = self.waker.insert(waker);
        self.sleep.as_mut().poll(&mut Context::from_waker(contained))
    }
}

/// A waker whose panics go no further.
struct Contained(Waker);

impl Wake for Contained {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let _ = contain_panics(|| self.0.wake_by_ref());
    }
}
