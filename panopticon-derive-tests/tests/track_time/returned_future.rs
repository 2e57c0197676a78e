//! Functions that are not `async` and return a future.

#![allow(
    clippy::manual_async_fn,
    reason = "what could be written otherwise is to be tested as well"
)]

use std::future::Future;
use std::pin::Pin;

use panopticon::track_time;

use crate::future::{WAIT, block_on, wait};
use crate::recorded::{count, record, recorded};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[track_time("future.block")]
fn block(number: u8) -> impl Future<Output = u8> {
    async move {
        wait().await;
        number
    }
}

#[track_time("future.borrowing_block")]
fn borrowing_block() -> impl Future<Output = u8> {
    async {
        wait().await;
        1
    }
}

#[track_time("future.boxed")]
fn boxed(text: &str) -> Boxed<'_, Result<u8, std::num::ParseIntError>> {
    let trimmed = text.trim();
    Box::pin(async move {
        wait().await;
        let number: u8 = trimmed.parse()?;
        Ok(number)
    })
}

#[track_time("future.boxed_by_path")]
fn boxed_by_path() -> Boxed<'static, ()> {
    ::std::boxed::Box::pin(async { wait().await })
}

#[test]
fn the_work_is_timed() {
    record();
    assert_eq!(block_on(block(1)), 1);
    assert_eq!(block_on(borrowing_block()), 1);
    assert_eq!(block_on(boxed(" 1 ")), Ok(1));
    assert!(block_on(boxed("one")).is_err());
    block_on(boxed_by_path());
    for (name, calls) in [
        ("future.block", 1),
        ("future.borrowing_block", 1),
        ("future.boxed", 2),
        ("future.boxed_by_path", 1),
    ] {
        let records = recorded(name);
        assert_eq!(records.len(), calls, "{name}");
        assert!(records.iter().all(|record| record.elapsed >= WAIT), "{records:?}");
    }
}

#[track_time("future.never_polled")]
fn never_polled() -> Boxed<'static, ()> {
    Box::pin(async {})
}

#[track_time("future.of_another")]
fn of_another() -> Boxed<'static, ()> {
    Box::pin(wait())
}

#[test]
fn making_a_future_is_timed_if_the_body_shows_nothing_else() {
    record();
    drop(never_polled());
    assert_eq!(count("future.never_polled"), 0);
    drop(of_another());
    assert_eq!(count("future.of_another"), 1);
    block_on(of_another());
    assert_eq!(count("future.of_another"), 2);
}
