//! A runtime for one future, and a future that takes some time.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// Polls once.
pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls until the future is complete.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = poll(future.as_mut()) {
            return output;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// How long [`wait`] waits, in milliseconds.
pub(crate) const WAIT: f64 = 50.0;

/// Is pending for [`WAIT`], from its first poll.
pub(crate) async fn wait() {
    let end = Instant::now() + Duration::from_millis(50);
    std::future::poll_fn(|_| if Instant::now() < end { Poll::Pending } else { Poll::Ready(()) })
        .await;
}
