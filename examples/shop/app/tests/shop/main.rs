//! The shop as its users and its operators meet it: the real binary, asked over HTTP.

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

/// Asks again and again until what is there is what is expected, for as long as given.
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
        assert!(Instant::now() < deadline, "after {within:?} there is still {answer:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
