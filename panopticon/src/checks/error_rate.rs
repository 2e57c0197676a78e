//! How much of the service's own traffic fails.

mod window;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::window::{Totals, Window};
use super::hysteresis::{Bound, HysteresisBounds, ValidBounds};
use super::number_text::{exact, rounded};
use crate::check::duration;
use crate::engine::running_time::{at_event, at_question, last_tick};
use crate::health::{Health, Status};

/// The shortest window, in milliseconds. Its parts would be shorter than the interval of the clock
/// if it were shorter.
const MIN_WINDOW: u128 = 5_000;

/// The outcomes of what the service does anyway, such as its requests to a payment provider:
/// unhealthy if too large a share of them failed, as in a circuit breaker, and without any extra
/// request.
///
/// ```
/// use panopticon::checks::ErrorRate;
/// use panopticon::{Health, Status, healthcheck};
/// # #[derive(Debug)]
/// # struct Declined;
/// # async fn send() -> Result<(), Declined> { Err(Declined) }
///
/// static PAYMENTS: ErrorRate = ErrorRate::new("1m");
///
/// async fn pay() -> Result<(), Declined> {
///     let result = send().await;
///     match &result {
///         Ok(_) => PAYMENTS.ok(),
///         Err(_) => PAYMENTS.failed(),
///     }
///     result
/// }
///
/// #[healthcheck(critical = false)]
/// fn payment_provider() -> Health {
///     PAYMENTS.health()
/// }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # for _ in 0..20 {
/// #     pay().await.unwrap_err();
/// # }
/// let health = payment_provider();
/// assert_eq!(health.status(), Status::Unhealthy);
/// assert_eq!(health.message(), Some("100 % of 20 failed within 60s, above 50 %"));
/// # });
/// ```
///
/// By default, the result is unhealthy if more than 50 % of at least 20 outcomes failed, the defaults
/// of [Hystrix], the model of most circuit breakers. Fewer outcomes prove nothing and are healthy.
/// So is a window without traffic: if a failing check has taken the service out of rotation, it
/// returns after at most the window, and the next requests decide.
///
/// Once the share has been above a bound, it must fall to 95 % of the bound before the status gets
/// better, so that the status does not change with each request.
///
/// | detail | value |
/// | --- | --- |
/// | `outcomes` | the number of outcomes in the window |
/// | `failed` | the number of those that failed |
/// | `error_rate` | `failed` as a share of `outcomes`, from 0 to 1; missing if there are none |
///
/// # What fails
///
/// Count as failed only what says something about the dependency: a timeout, a refused connection, a
/// status of 500 or more. A declined card or a 404 is a success of the payment provider.
///
/// # Cost and accuracy
///
/// An outcome costs a few nanoseconds more than an atomic addition, and each is counted exactly once,
/// however many threads call at the same time. The window moves in steps of a tenth of its length:
/// it covers the current tenth, which is not over yet, and the nine before it. Time passes in
/// ticks of 250 ms and only while the process runs, as for a [`Pulse`](super::Pulse#time).
///
/// [Hystrix]: https://github.com/Netflix/Hystrix/wiki/Configuration#circuit-breaker
#[derive(Debug)]
pub struct ErrorRate {
    window: Duration,
    bounds: HysteresisBounds,
    at_least: u64,
    ok: AtomicU64,
    failed: AtomicU64,
    /// The time up to which the outcomes are in the right part of the window.
    counted_at: AtomicU64,
    judged: Mutex<JudgedWindow>,
}

#[derive(Debug)]
struct JudgedWindow {
    window: Window,
    /// The last one.
    status: Status,
}

impl ErrorRate {
    /// Creates an error rate of this window: a whole number with one of the units `ms`, `s`, `m` and
    /// `h`, from 5 seconds to 30 days.
    ///
    /// # Panics
    ///
    /// If the window is not one of these. In a `static` or `const`, as it should be, this is an error
    /// of the compiler:
    ///
    /// ```compile_fail,E0080
    /// # use panopticon::checks::ErrorRate;
    /// static PAYMENTS: ErrorRate = ErrorRate::new("1 minute");
    /// ```
    ///
    /// For a window that is known only at run time, use [`within`](Self::within).
    #[must_use]
    pub const fn new(window: &str) -> Self {
        match duration::read(window) {
            Ok(window) if is_valid(window) => Self::within(window),
            _ => panic!(
                "`ErrorRate::new` needs a whole number with one of the units ms, s, m and h, \
                 from 5s to 720h, such as \"1m\""
            ),
        }
    }

    /// Creates an error rate of a window from 5 seconds to 30 days. If it is not, each result is
    /// unhealthy and says so.
    #[must_use]
    pub const fn within(window: Duration) -> Self {
        let mut bounds = HysteresisBounds::NONE;
        bounds.unhealthy = Some(Bound::Above(0.5));
        Self {
            window,
            bounds,
            at_least: 20,
            ok: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            counted_at: AtomicU64::new(0),
            judged: Mutex::new(JudgedWindow { window: Window::new(), status: Status::Healthy }),
        }
    }

    /// Sets the share of failures above which the result is degraded: a number from 0 to less than
    /// 1. Default: none.
    ///
    /// ```
    /// use panopticon::checks::ErrorRate;
    ///
    /// static SEARCH: ErrorRate =
    ///     ErrorRate::new("30s").degraded_above(0.05).unhealthy_above(0.5).at_least(100);
    /// # let health = SEARCH.health();
    /// # assert_eq!(health.message(), Some("0 outcomes within 30s, too few to judge"));
    /// ```
    #[must_use]
    pub const fn degraded_above(mut self, share: f64) -> Self {
        self.bounds.degraded = Some(Bound::Above(share));
        self
    }

    /// Sets the share of failures above which the result is unhealthy, instead of 0.5: a number from
    /// 0 to less than 1, and greater than that of [`degraded_above`](Self::degraded_above).
    #[must_use]
    pub const fn unhealthy_above(mut self, share: f64) -> Self {
        self.bounds.unhealthy = Some(Bound::Above(share));
        self
    }

    /// Sets the smallest number of outcomes in the window that is judged, instead of 20. At least 1.
    #[must_use]
    pub const fn at_least(mut self, outcomes: u64) -> Self {
        self.at_least = outcomes;
        self
    }

    /// Counts a success.
    #[inline]
    pub fn ok(&self) {
        self.count(&self.ok);
    }

    /// Counts a failure.
    #[inline]
    pub fn failed(&self) {
        self.count(&self.failed);
    }

    #[inline]
    fn count(&self, outcomes: &AtomicU64) {
        let last_tick = last_tick();
        if last_tick == 0 || self.counted_at.load(Ordering::Relaxed) != last_tick {
            self.count_after_tick();
        }
        outcomes.fetch_add(1, Ordering::Relaxed);
    }

    #[cold]
    fn count_after_tick(&self) {
        // If the window is invalid, nothing is judged.
        if is_valid(self.window) {
            self.move_window(&mut self.lock(), at_event());
        }
    }

    /// Returns whether too many outcomes in the window failed.
    pub fn health(&self) -> Health {
        let bounds = match self.validate() {
            Ok(bounds) => bounds,
            Err(mistake) => return Health::unhealthy(format!("error rate not judged: {mistake}")),
        };
        let mut judged = self.lock();
        let totals = self.move_window(&mut judged, at_question().now);
        let Totals { ok, failed } = judged.window.count(totals);
        let outcomes = ok.saturating_add(failed);
        let within = format!("within {:?}", self.window);
        if outcomes < self.at_least {
            judged.status = Status::Healthy;
            let message = format!("{outcomes} outcomes {within}, too few to judge");
            return with_details(Health::healthy(message), outcomes, failed);
        }
        let share = share(failed, outcomes);
        let judgment = bounds.judge(share, judged.status);
        judged.status = judgment.status;
        drop(judged);
        let mut message = format!("{} % of {outcomes} failed {within}", rounded(share * 100.0));
        if let Some(bound) = judgment.recovers_at.or(judgment.exceeded) {
            let still = if judgment.recovers_at.is_some() { "still " } else { "" };
            message = format!("{message}, {still}above {} %", rounded(bound * 100.0));
        }
        with_details(Health::with_status(judgment.status, message), outcomes, failed)
    }

    /// Moves the window to this time, and returns the totals.
    fn move_window(&self, judged: &mut JudgedWindow, now: u64) -> Totals {
        let totals = Totals {
            ok: self.ok.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        };
        judged.window.move_to(now, self.window, totals);
        self.counted_at.store(now, Ordering::Relaxed);
        totals
    }

    fn validate(&self) -> Result<ValidBounds, String> {
        if !is_valid(self.window) {
            return Err(format!("its window must be from 5s to 720h, not {:?}", self.window));
        }
        if self.at_least == 0 {
            return Err("`at_least` must be 1 or more, not 0".to_owned());
        }
        let shares =
            [("degraded_above", self.bounds.degraded), ("unhealthy_above", self.bounds.unhealthy)];
        for (setter, bound) in shares {
            if let Some(share) = bound.map(Bound::value).filter(|it| !(0.0..1.0).contains(it)) {
                return Err(format!(
                    "`{setter}` must be a share from 0 to less than 1, such as 0.5, not {}",
                    exact(share)
                ));
            }
        }
        self.bounds.validate().map_err(|invalid| invalid.to_string())
    }

    fn lock(&self) -> MutexGuard<'_, JudgedWindow> {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn is_valid(window: Duration) -> bool {
    MIN_WINDOW <= window.as_millis() && window.as_millis() <= duration::MAX.as_millis()
}

fn with_details(health: Health, outcomes: u64, failed: u64) -> Health {
    let health = health.with("outcomes", outcomes).with("failed", failed);
    if outcomes == 0 { health } else { health.with("error_rate", share(failed, outcomes)) }
}

#[allow(clippy::cast_precision_loss, reason = "a share needs no more precision")]
fn share(failed: u64, outcomes: u64) -> f64 {
    failed as f64 / outcomes as f64
}
