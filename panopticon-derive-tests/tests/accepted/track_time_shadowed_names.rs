//! The expansion uses its own names, whatever is in scope, and hides none.

#![allow(dead_code, non_camel_case_types)]

use ::panopticon::track_time;

mod core {}
mod std {}
mod panopticon {}
mod __private {}

struct Unit;
struct Milliseconds;
struct Box;

fn time_until_dropped() {}

trait Methods {
    fn drop(&self) {}
}

impl<T> Methods for T {}

impl Box {
    fn pin<T>(value: T) -> T {
        value
    }
}

#[track_time(tags = [("kind", "book")])]
fn parameter(__panopticon_timer: u8) -> u8 {
    __panopticon_timer
}

#[track_time]
fn variable() -> u8 {
    let __panopticon_timer = 1;
    __panopticon_timer + 1
}

#[track_time]
async fn asynchronous(__panopticon_timer: u8) -> u8 {
    __panopticon_timer
}

#[track_time]
fn boxed_by_another() -> impl Future<Output = u8> {
    Box::pin(async { 1 })
}

#[track_time]
fn time_until() {
    time_until_dropped();
}

fn main() {
    assert_eq!(parameter(1), 1);
    assert_eq!(variable(), 2);
    time_until();
    let _ = (asynchronous(1), boxed_by_another());
}
