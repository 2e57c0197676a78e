//! What the parts of checks that are called in hot loops cost, compared with an atomic addition:
//!
//! ```text
//! cargo bench -p panopticon --bench checks
//! ```

mod paired;

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use panopticon::checks::{ErrorRate, Pulse};

use self::paired::compare;

static ADDITIONS: AtomicU64 = AtomicU64::new(0);
static PULSE: Pulse = Pulse::new("30s");
static RATE: ErrorRate = ErrorRate::new("1m");

fn add() {
    black_box(&ADDITIONS).fetch_add(1, Ordering::Relaxed);
}

fn beat() {
    black_box(&PULSE).beat();
}

fn ok() {
    black_box(&RATE).ok();
}

fn repeat(times: u64, call: fn()) {
    for _ in 0..times {
        call();
    }
}

/// Repeats a call on two threads at the same time, often enough for the start of a thread not to
/// matter.
fn repeat_on_two_threads(times: u64, call: fn()) {
    let times = times.saturating_mul(100_000);
    thread::scope(|scope| {
        scope.spawn(|| repeat(times, call));
        repeat(times, call);
    });
}

fn main() {
    let aim = "a few ns more";
    let baseline = "`fetch_add`";
    paired::print_head();
    for (what, call) in [("`Pulse::beat`", beat as fn()), ("`ErrorRate::ok`", ok)] {
        compare(what, baseline, aim, |times| repeat(times, add), |times| repeat(times, call));
        let what = format!("{what}, two threads");
        compare(
            &what,
            baseline,
            aim,
            |times| repeat_on_two_threads(times, add),
            |times| repeat_on_two_threads(times, call),
        );
    }
}
