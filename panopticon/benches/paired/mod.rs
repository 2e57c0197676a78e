//! Two ways to do the same, measured side by side: ratios, never times.
//!
//! criterion and divan measure one thing after the other, minutes apart on a machine whose speed
//! changes meanwhile. Here each round measures both, in alternating order, and yields one ratio;
//! what is printed is the median of the ratios, with their quartiles.

use std::time::{Duration, Instant};

/// How long one side of one round takes, about.
const BATCH: Duration = Duration::from_millis(10);

/// How many rounds are measured; odd, so that there is a median.
const ROUNDS: usize = 31;

/// Prints the head of a table.
pub(crate) fn print_head() {
    println!("| what | baseline | ratio | quartiles | aim |");
    println!("| --- | --- | --- | --- | --- |");
}

/// One row of the table: how many times as long `subject` takes as `baseline`. Both are given how
/// often to do it.
pub(crate) fn compare(
    what: &str,
    baseline_is: &str,
    aim: &str,
    mut baseline: impl FnMut(u64),
    mut subject: impl FnMut(u64),
) {
    let baseline_times = calibrate(&mut baseline);
    let subject_times = calibrate(&mut subject);
    let mut ratios: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            let (baseline, subject) = if round % 2 == 0 {
                let baseline = measure(&mut baseline, baseline_times);
                (baseline, measure(&mut subject, subject_times))
            } else {
                let subject = measure(&mut subject, subject_times);
                (measure(&mut baseline, baseline_times), subject)
            };
            subject / baseline
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let [low, median, high] = [1, 2, 3].map(|quarter| ratios[ROUNDS * quarter / 4]);
    println!("| {what} | {baseline_is} | {median:.2} | {low:.2} to {high:.2} | {aim} |");
}

/// How often it must be done to take as long as a batch; warms it up meanwhile.
fn calibrate(run: &mut impl FnMut(u64)) -> u64 {
    let mut times = 1;
    loop {
        let start = Instant::now();
        run(times);
        let elapsed = start.elapsed();
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
fn measure(run: &mut impl FnMut(u64), times: u64) -> f64 {
    let start = Instant::now();
    run(times);
    start.elapsed().as_secs_f64() / times as f64
}
