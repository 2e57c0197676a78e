//! Moments in which the machine, not the service, was late.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const SLEEP: Duration = Duration::from_millis(10);

/// How late a thread that sleeps may wake up. An answer takes some ten hand-overs from thread to
/// thread, so with this a second can be over before the service is to blame.
const TOLERANCE: Duration = Duration::from_millis(50);

/// A time in which a thread should have woken up and did not.
pub(crate) struct Stall {
    pub(crate) from: Instant,
    pub(crate) until: Instant,
}

/// Sleeps again and again, and returns when it woke up late.
pub(crate) fn stalls(has_ended: &AtomicBool) -> Vec<Stall> {
    let mut stalls = Vec::new();
    while !has_ended.load(Ordering::Relaxed) {
        let from = Instant::now() + SLEEP;
        thread::sleep(SLEEP);
        let until = Instant::now();
        if until - from > TOLERANCE {
            stalls.push(Stall { from, until });
        }
    }
    stalls
}
