//! Whether a worker still makes progress.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::check::duration;
use crate::engine::running_time::{RunningTime, at_event, at_question, last_tick};
use crate::health::Health;

/// The shortest time limit, in milliseconds. A busy machine would exceed a shorter one.
const MIN_LIMIT: u128 = 1_000;

/// The value of a last beat that has not happened yet.
const NEVER: u64 = 0;

/// The value of the last beat of a worker that has stopped.
const STOPPED: u64 = u64::MAX;

/// A sign of life of a worker: unhealthy if the worker has not called [`beat`](Self::beat) for longer
/// than the time limit.
///
/// ```
/// use panopticon::checks::Pulse;
/// use panopticon::{Health, healthcheck};
/// # use std::time::Duration;
/// # use tokio::sync::mpsc::Receiver;
/// # use tokio::time::timeout;
/// # struct Order;
/// # async fn process(_order: Order) {}
///
/// static CONSUMER: Pulse = Pulse::new("30s");
///
/// #[healthcheck(liveness)]
/// fn consumer() -> Health {
///     CONSUMER.health()
/// }
///
/// async fn consume(mut orders: Receiver<Order>) {
///     loop {
///         CONSUMER.beat();
///         // Without a time limit, a consumer without orders would look like one that hangs.
///         match timeout(Duration::from_secs(10), orders.recv()).await {
///             Ok(Some(order)) => process(order).await,
///             Ok(None) => break CONSUMER.stop(),
///             Err(_) => {}
///         }
///     }
/// }
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// #     let (sender, orders) = tokio::sync::mpsc::channel(1);
/// #     drop(sender);
/// #     consume(orders).await;
/// # });
/// # assert_eq!(CONSUMER.health().message(), Some("has stopped as planned"));
/// ```
///
/// | what has happened | the result |
/// | --- | --- |
/// | a beat within the time limit | healthy, `beats` |
/// | none | unhealthy, `no beat for 31s; the limit is 30s` |
/// | no beat yet, and the first call of `health` was within the time limit | degraded, `no beat yet; the first is due in 12s` |
/// | no beat yet, but it is due | unhealthy, `no beat yet, 31s after the first check; the limit is 30s` |
/// | [`stop`](Self::stop) | healthy, `has stopped as planned` |
///
/// The time since the last beat is the detail `seconds_since_beat`.
///
/// Call `beat` where the worker makes progress: in its loop, not in a task next to it, which would
/// continue to beat while the loop hangs. Make the time limit longer than the longest time between
/// two beats, or let a long job beat while it runs. If several workers shared a `Pulse`, one that
/// works would hide the others, so give each its own.
///
/// # Liveness
///
/// A `Pulse` needs no resource, so a liveness check can use it. There, only evidence counts: a worker
/// that has not begun yet is degraded, which passes, and has the whole time limit to do so. To fail
/// the startup probe until it has begun, use [`since_beat`](Self::since_beat).
///
/// # Time
///
/// Since there may be millions of beats per second, a beat does not read the system's clock, but one
/// of the library that ticks every 250 ms. A `Pulse` therefore becomes unhealthy up to
/// 500 ms late, and about one percent more for a long limit, but never early, however often
/// or rarely `health` is called. The clock counts only the time for which the process runs: after it
/// was stopped, or its container paused, a worker still has the rest of its time.
///
/// While a test has [paused tokio's time], a beat has the exact time of the test's runtime. The first
/// such beat switches the whole process to this.
///
/// [paused tokio's time]: https://docs.rs/tokio/latest/tokio/time/fn.pause.html
#[derive(Debug)]
pub struct Pulse {
    limit: Duration,
    /// The time of the last beat, or one of the constants above.
    last_beat: AtomicU64,
    /// The time of the first call of `health`, or 0.
    first_question: AtomicU64,
}

impl Pulse {
    /// Creates a pulse with a time limit: a whole number with one of the units `ms`, `s`, `m` and
    /// `h`, from one second to 30 days.
    ///
    /// # Panics
    ///
    /// If the time limit is not one of these. In a `static` or `const`, as it should be, this is an
    /// error of the compiler:
    ///
    /// ```compile_fail,E0080
    /// # use panopticon::checks::Pulse;
    /// static CONSUMER: Pulse = Pulse::new("30");
    /// ```
    ///
    /// For a limit that is known only at run time, use [`within`](Self::within).
    #[must_use]
    pub const fn new(limit: &str) -> Self {
        match duration::read(limit) {
            Ok(limit) if is_valid(limit) => Self::within(limit),
            _ => panic!(
                "`Pulse::new` needs a whole number with one of the units ms, s, m and h, from \
                 1s to 720h, such as \"30s\""
            ),
        }
    }

    /// Creates a pulse with a time limit from one second to 30 days. If it is not, each result is
    /// unhealthy and says so.
    #[must_use]
    pub const fn within(limit: Duration) -> Self {
        Self { limit, last_beat: AtomicU64::new(NEVER), first_question: AtomicU64::new(NEVER) }
    }

    /// Shows that the worker works. A beat takes no longer than an atomic addition, except for the
    /// first after each tick of the clock, and takes no lock, except for the first of the process,
    /// which starts the clock.
    #[inline]
    pub fn beat(&self) {
        let last_tick = last_tick();
        if last_tick == 0 || self.last_beat.load(Ordering::Relaxed) != last_tick {
            self.beat_after_tick();
        }
    }

    #[cold]
    fn beat_after_tick(&self) {
        self.last_beat.store(at_event(), Ordering::Relaxed);
    }

    /// Says that the worker ends as planned, for example when the service shuts down. The pulse is then
    /// healthy until the next beat. A worker that panics or is aborted does not get here.
    pub fn stop(&self) {
        self.last_beat.store(STOPPED, Ordering::Relaxed);
    }

    /// Returns the time since the last beat, which is up to 500 ms longer, or `None` before the first
    /// beat and after [`stop`](Self::stop).
    ///
    /// ```
    /// use panopticon::checks::Pulse;
    /// use panopticon::{Health, healthcheck};
    ///
    /// static CONSUMER: Pulse = Pulse::new("30s");
    ///
    /// #[healthcheck(startup)]
    /// fn consumer_begun() -> Health {
    ///     match CONSUMER.since_beat() {
    ///         Some(_) => Health::healthy("has begun"),
    ///         None => Health::unhealthy("has not begun"),
    ///     }
    /// }
    /// # assert_eq!(consumer_begun().message(), Some("has not begun"));
    /// # CONSUMER.beat();
    /// # assert_eq!(consumer_begun().message(), Some("has begun"));
    /// ```
    #[must_use]
    pub fn since_beat(&self) -> Option<Duration> {
        match self.last_beat.load(Ordering::Relaxed) {
            NEVER | STOPPED => None,
            last => Some(certain_time(last, at_question())),
        }
    }

    /// Returns whether the worker beats, as the [table](Self) says.
    pub fn health(&self) -> Health {
        if !is_valid(self.limit) {
            return Health::unhealthy(format!(
                "pulse not judged: its time limit must be from 1s to 720h, not {:?}",
                self.limit
            ));
        }
        // First, so that no beat can be later.
        let last = self.last_beat.load(Ordering::Relaxed);
        let now = at_question();
        match last {
            STOPPED => Health::healthy("has stopped as planned"),
            NEVER => self.before_first_beat(now),
            last => {
                let silence = certain_time(last, now);
                let health = if silence > self.limit {
                    Health::unhealthy(format!(
                        "no beat for {silence:?}; the limit is {:?}",
                        self.limit
                    ))
                } else {
                    Health::healthy("beats")
                };
                health.with("seconds_since_beat", silence.as_secs_f64())
            }
        }
    }

    fn before_first_beat(&self, now: RunningTime) -> Health {
        let set = self.first_question.compare_exchange(
            NEVER,
            now.now,
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        let waited = certain_time(set.err().unwrap_or(now.now), now);
        match self.limit.checked_sub(waited) {
            Some(left) => Health::degraded(format!("no beat yet; the first is due in {left:?}")),
            None => Health::unhealthy(format!(
                "no beat yet, {waited:?} after the first check; the limit is {:?}",
                self.limit
            )),
        }
    }
}

const fn is_valid(limit: Duration) -> bool {
    MIN_LIMIT <= limit.as_millis() && limit.as_millis() <= duration::MAX.as_millis()
}

/// Returns the time that has passed at least since an event.
fn certain_time(event: u64, question: RunningTime) -> Duration {
    Duration::from_millis(question.now.saturating_sub(event).saturating_sub(question.uncertainty))
}
