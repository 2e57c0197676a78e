//! The real shop, as its customers and operators use it: over HTTP.

mod agent;
mod api;
mod http;
mod payment_provider;
mod postgres;
mod process;
mod settings;
mod sigterm;
mod sqlite;
mod statistics;

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// Asks repeatedly until the answer is the expected one, and panics if that takes too long.
fn eventually<T: Debug>(
    within: Duration,
    mut ask: impl FnMut() -> T,
    is_expected: impl Fn(&T) -> bool,
) -> T {
    let deadline = Instant::now() + within;
    loop {
        let answer = ask();
        if is_expected(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "after {within:?} it is still {answer:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
