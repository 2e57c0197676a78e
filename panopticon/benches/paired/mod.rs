//! Two ways to do the same, measured side by side: ratios, never times.
//!
//! criterion and divan measure one thing after the other, minutes apart on a machine whose speed
//! changes meanwhile. Here each round measures both, in alternating order, and yields one ratio;
//! what is printed is the median of the ratios, with their quartiles.
#![allow(dead_code, reason = "each benchmark takes what it needs")]

use std::time::{Duration, Instant};

/// How long one side of one round takes, about, unless once takes longer. Less than the operating
/// system leaves a thread running where others wait for its core, so that most rounds are whole.
const BATCH: Duration = Duration::from_millis(2);

/// How many rounds are measured.
const ROUNDS: usize = 201;

/// How many at least, however long they take, and how long all of them take otherwise.
const FEWEST_ROUNDS: usize = 11;
const ALL_ROUNDS: Duration = Duration::from_secs(3);

/// Prints the head of a table.
pub(crate) fn print_head() {
    println!("| what | baseline | aim | ratio | quartiles |");
    println!("| --- | --- | --- | --- | --- |");
}

/// One row of the table: how many times as long `subject` takes as `baseline`. Both are given how
/// often to do it.
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

/// As [`compare`], of what tells by itself how long it took, for not all that it does counts.
pub(crate) fn compare_parts(
    what: &str,
    baseline_is: &str,
    aim: &str,
    mut baseline: impl FnMut(u64) -> Duration,
    mut subject: impl FnMut(u64) -> Duration,
) {
    if !is_asked_for(what) {
        return;
    }
    let baseline_times = calibrate(&mut baseline);
    let subject_times = calibrate(&mut subject);
    let mut ratios = Vec::with_capacity(ROUNDS);
    let start = Instant::now();
    for round in 0..ROUNDS {
        if round >= FEWEST_ROUNDS && start.elapsed() > ALL_ROUNDS {
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

/// Whether what is measured has the argument of the command in its name, if there is one.
fn is_asked_for(what: &str) -> bool {
    // Cargo adds a `--bench`.
    std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .all(|part| what.contains(&part))
}

/// How often it must be done to take as long as a batch; warms it up meanwhile.
fn calibrate(run: &mut impl FnMut(u64) -> Duration) -> u64 {
    let mut times = 1;
    loop {
        // The better of two, for something else may have had the core.
        let elapsed = run(times).min(run(times));
        if elapsed >= BATCH / 2 {
            let batches = BATCH.as_secs_f64() / elapsed.as_secs_f64();
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                clippy::cast_sign_loss,
                reason = "a count of loops, near enough"
            )]
            return ((times as f64 * batches) as u64).max(1);
        }
        times *= 2;
    }
}

/// Seconds for once.
#[allow(clippy::cast_precision_loss, reason = "a count of loops, near enough")]
fn measure(run: &mut impl FnMut(u64) -> Duration, times: u64) -> f64 {
    run(times).as_secs_f64() / times as f64
}
