//! Compares two ways to do the same thing: measured in alternation, printed as ratios.
//!
//! criterion and divan measure one thing after another, minutes apart, while the speed of a machine
//! changes. Here, each round measures both, in alternating order, and yields one ratio. The median
//! of the ratios is printed, with their quartiles.
#![allow(dead_code, reason = "each benchmark uses some of these")]

use std::time::{Duration, Instant};

/// The approximate duration of one side of one round, unless a single call takes longer. It is
/// shorter than the time slice of a thread, so that most rounds are not interrupted.
const BATCH: Duration = Duration::from_millis(2);

/// The number of rounds.
const ROUNDS: usize = 201;

/// The number of rounds that are measured however long they take.
const MIN_ROUNDS: usize = 11;

/// The time after which no further round begins.
const TIME_LIMIT: Duration = Duration::from_secs(3);

/// Prints the head of a table.
pub(crate) fn print_head() {
    println!("| what | baseline | aim | ratio | quartiles |");
    println!("| --- | --- | --- | --- | --- |");
}

/// Prints one row of the table: the time of `subject` divided by that of `baseline`. Both are
/// called with the number of repetitions.
pub(crate) fn compare(
    what: &str,
    baseline_is: &str,
    aim: &str,
    baseline: impl FnMut(u64),
    subject: impl FnMut(u64),
) {
    compare_parts(what, baseline_is, aim, timed(baseline), timed(subject));
}

fn timed(mut run: impl FnMut(u64)) -> impl FnMut(u64) -> Duration {
    move |times| {
        let start = Instant::now();
        run(times);
        start.elapsed()
    }
}

/// Prints a row like [`compare`], for functions that return the time they took, since not
/// everything they do counts.
pub(crate) fn compare_parts(
    what: &str,
    baseline_is: &str,
    aim: &str,
    mut baseline: impl FnMut(u64) -> Duration,
    mut subject: impl FnMut(u64) -> Duration,
) {
    if !is_selected(what) {
        return;
    }
    let baseline_times = calibrate(&mut baseline);
    let subject_times = calibrate(&mut subject);
    let mut ratios = Vec::with_capacity(ROUNDS);
    let start = Instant::now();
    for round in 0..ROUNDS {
        if round >= MIN_ROUNDS && start.elapsed() > TIME_LIMIT {
            break;
        }
        let (baseline, subject) = if round % 2 == 0 {
            let baseline = measure(&mut baseline, baseline_times);
            (baseline, measure(&mut subject, subject_times))
        } else {
            let subject = measure(&mut subject, subject_times);
            (measure(&mut baseline, baseline_times), subject)
        };
        ratios.push(subject / baseline);
    }
    ratios.sort_by(f64::total_cmp);
    let [low, median, high] = [1, 2, 3].map(|quarter| ratios[ratios.len() * quarter / 4]);
    println!("| {what} | {baseline_is} | {aim} | {median:.2} | {low:.2} to {high:.2} |");
}

/// Returns whether a row contains every argument of the command.
fn is_selected(what: &str) -> bool {
    // Cargo adds a `--bench`.
    std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .all(|part| what.contains(&part))
}

/// Returns the number of repetitions that take as long as a batch. This also warms up caches.
fn calibrate(run: &mut impl FnMut(u64) -> Duration) -> u64 {
    let mut times = 1;
    loop {
        // The faster of two, since the other may have been interrupted.
        let elapsed = run(times).min(run(times));
        if elapsed >= BATCH / 2 {
            let batches = BATCH.as_secs_f64() / elapsed.as_secs_f64();
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                clippy::cast_sign_loss,
                reason = "an approximate number of repetitions"
            )]
            return ((times as f64 * batches) as u64).max(1);
        }
        times *= 2;
    }
}

/// Returns the seconds of one repetition.
#[allow(clippy::cast_precision_loss, reason = "an approximate number of repetitions")]
fn measure(run: &mut impl FnMut(u64) -> Duration, times: u64) -> f64 {
    run(times).as_secs_f64() / times as f64
}
