//! `async fn`: from the first poll until the future is complete or dropped.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use panopticon::track_time;

use crate::future::{WAIT, block_on, poll, wait};
use crate::recorded::{count, record, recorded};

#[track_time("async.waiting")]
async fn waiting(number: &u8) -> u8 {
    wait().await;
    *number
}

#[test]
fn waiting_is_timed() {
    record();
    assert_eq!(block_on(waiting(&7)), 7);
    let [ref record] = recorded("async.waiting")[..] else { panic!("one call, one time") };
    assert!(record.elapsed >= WAIT, "{record:?}");
}

#[track_time("async.early")]
async fn early(answer: Result<u8, String>) -> Result<u8, String> {
    wait().await;
    let answer = answer?;
    if answer == 1 {
        return Ok(1);
    }
    Ok(answer + 1)
}

#[test]
fn every_way_out_is_timed() {
    record();
    assert_eq!(block_on(early(Ok(1))), Ok(1));
    assert_eq!(block_on(early(Ok(2))), Ok(3));
    assert_eq!(block_on(early(Err("no".to_owned()))), Err("no".to_owned()));
    let records = recorded("async.early");
    assert_eq!(records.len(), 3);
    assert!(records.iter().all(|record| record.elapsed >= WAIT), "{records:?}");
}

#[track_time("async.cancelled")]
async fn cancelled() {
    std::future::pending::<()>().await;
}

#[test]
fn a_future_is_timed_until_it_is_dropped() {
    record();
    {
        let mut future = pin!(cancelled());
        assert!(poll(future.as_mut()).is_pending());
        assert!(poll(future.as_mut()).is_pending());
        assert_eq!(count("async.cancelled"), 0);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let [ref record] = recorded("async.cancelled")[..] else { panic!("one call, one time") };
    assert!(record.elapsed >= 20.0, "{record:?}");
}

#[track_time("async.never_polled")]
async fn never_polled() {}

#[test]
fn a_future_that_is_never_polled_records_nothing() {
    record();
    drop(never_polled());
    assert_eq!(count("async.never_polled"), 0);
}

#[track_time("async.panicking")]
async fn panicking() {
    std::future::ready(()).await;
    panic!("as it is meant to")
}

#[test]
fn a_panic_is_timed() {
    record();
    assert!(catch_unwind(|| block_on(panicking())).is_err());
    assert_eq!(count("async.panicking"), 1);
}

/// The time ends when the future completes, even if the future is dropped later.
#[test]
fn a_complete_future_is_timed_once() {
    record();
    #[track_time("async.complete")]
    async fn complete() {}

    let mut future = Box::pin(complete());
    assert!(poll(future.as_mut()).is_ready());
    assert_eq!(count("async.complete"), 1);
    drop(future);
    assert_eq!(count("async.complete"), 1);
}

#[track_time("async.recursive")]
async fn recursive(n: u8) -> u8 {
    if n == 0 { 0 } else { 1 + Box::pin(recursive(n - 1)).await }
}

#[track_time("async.generic")]
async fn generic<T: ToString + Sync>(value: &T) -> impl AsRef<str> + use<T> {
    value.to_string()
}

trait Waiting {
    #[track_time("async.default")]
    fn waited(&self) -> impl Future<Output = u8> + Send
    where
        Self: Sync,
    {
        async move {
            wait().await;
            self.number().await
        }
    }

    fn number(&self) -> impl Future<Output = u8> + Send;
}

impl Waiting for u8 {
    #[track_time("async.implemented")]
    async fn number(&self) -> u8 {
        *self
    }
}

#[test]
fn every_call_is_timed() {
    record();
    assert_eq!(block_on(recursive(3)), 3);
    assert_eq!(count("async.recursive"), 4);
    assert_eq!(block_on(generic(&1)).as_ref(), "1");
    assert_eq!(block_on(generic(&'a')).as_ref(), "a");
    assert_eq!(count("async.generic"), 2);
    assert_eq!(block_on(7.waited()), 7);
    assert_eq!(count("async.implemented"), 1);
    let [ref record] = recorded("async.default")[..] else { panic!("one call, one time") };
    assert!(record.elapsed >= WAIT, "{record:?}");
}

/// A timed future is `Send` and `UnwindSafe` if it was before.
#[test]
fn a_future_stays_what_it_was() {
    record();
    fn is_send<T: Send + Sync + 'static>(future: T) -> T {
        future
    }
    #[track_time("async.sent")]
    async fn sent() {
        std::future::ready(()).await;
    }
    let future = is_send(sent());
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(future))).is_ok());
    assert_eq!(count("async.sent"), 1);
    let _: &dyn std::panic::UnwindSafe = &sent();
    assert_eq!(count("async.sent"), 1);
}
