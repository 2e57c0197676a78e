//! A number with bounds: the depth of a queue, a lag, free space.

mod measure;

pub use self::measure::Measure;
use self::measure::Measured;
use super::hysteresis::{Bound, End, HysteresisBounds, Judgment, Side, ValidBounds};
use super::judged_values::JudgedValues;
use super::number_text::exact;
use super::trend::{forecast, rate_text};
use crate::health::Health;

/// A number with bounds, such as the depth of a queue, a lag or free space: degraded beyond one
/// bound, unhealthy beyond the other.
///
/// ```
/// use panopticon::checks::Level;
/// use panopticon::{Health, Status, healthcheck};
///
/// struct JobQueue(Vec<String>);
///
/// static QUEUED: Level =
///     Level::new("queued_jobs").degraded_above(1_000.0).unhealthy_above(10_000.0);
///
/// #[healthcheck]
/// fn background_jobs(queue: &JobQueue) -> Health {
///     QUEUED.health(queue.0.len())
/// }
///
/// let health = background_jobs(&JobQueue(vec!["invoice".to_owned(); 1_200]));
/// assert_eq!(health.status(), Status::Degraded);
/// assert_eq!(health.message(), Some("queued_jobs is 1200, above 1000"));
/// assert_eq!(health.detail("queued_jobs"), Some(&1_200.into()));
/// ```
///
/// A `Level` remembers the values that it has judged, so keep it where it outlives a run: in a
/// `static`, or in a resource.
///
/// # Hysteresis
///
/// A value that moves around a bound would change the status with each run. Once it has been
/// beyond a bound, it must therefore come back by 5 % of the bound, or by the distance that
/// [`hysteresis`](Self::hysteresis) sets: the queue above is degraded until no more than 950 jobs are
/// left.
///
/// # Details
///
/// | key | value |
/// | --- | --- |
/// | the level's name | the value; a duration in seconds |
/// | the name and `_per_second` | the change of the value per second |
/// | the name and `_trend` | the same for people: `grows by 40/s, unhealthy in 12 min` |
///
/// The change is measured from the value one to two minutes ago, or from the previous one if values
/// come less often. It is missing until there is a value that is at least a second old, and if the
/// value is not finite. The forecast assumes that the value keeps changing at this rate. It tells when the
/// last bound is reached, or the end that [`full_at`](Self::full_at) or [`empty_at`](Self::empty_at)
/// sets, if that is less than a year away.
///
/// # Mistakes
///
/// If the bounds are invalid, each result is unhealthy and says why, such as
/// `` queued_jobs not judged: `degraded_above(98)` must be less than `unhealthy_above(90)` ``.
#[derive(Debug)]
#[must_use = "a level has an effect only when a health check returns its `health`"]
pub struct Level {
    name: &'static str,
    unit: &'static str,
    bounds: HysteresisBounds,
    judged: JudgedValues,
}

impl Level {
    /// Creates a level without bounds; set at least one. The name is the key of its details, and
    /// begins its messages.
    pub const fn new(name: &'static str) -> Self {
        Self { name, unit: "", bounds: HysteresisBounds::NONE, judged: JudgedValues::new() }
    }

    /// Sets the unit of the value, for messages: `93.4 %, above 90 %`.
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// Makes values above this one degraded.
    pub const fn degraded_above(mut self, bound: f64) -> Self {
        self.bounds.degraded = Some(Bound::Above(bound));
        self
    }

    /// Makes values above this one unhealthy. It must be greater than that of
    /// [`degraded_above`](Self::degraded_above).
    pub const fn unhealthy_above(mut self, bound: f64) -> Self {
        self.bounds.unhealthy = Some(Bound::Above(bound));
        self
    }

    /// Makes values below this one degraded, for what should not run out.
    ///
    /// ```
    /// use panopticon::Status;
    /// use panopticon::checks::Level;
    ///
    /// static FREE: Level =
    ///     Level::new("free_space").unit("%").degraded_below(10.0).unhealthy_below(2.0);
    ///
    /// let health = FREE.health(8.25);
    /// assert_eq!(health.status(), Status::Degraded);
    /// assert_eq!(health.message(), Some("free_space is 8.25 %, below 10 %"));
    /// ```
    pub const fn degraded_below(mut self, bound: f64) -> Self {
        self.bounds.degraded = Some(Bound::Below(bound));
        self
    }

    /// Makes values below this one unhealthy. It must be less than that of
    /// [`degraded_below`](Self::degraded_below).
    pub const fn unhealthy_below(mut self, bound: f64) -> Self {
        self.bounds.unhealthy = Some(Bound::Below(bound));
        self
    }

    /// Sets by how much a value must come back from a bound, instead of by 5 % of the bound. With
    /// 0, the bounds alone count.
    pub const fn hysteresis(mut self, distance: f64) -> Self {
        self.bounds.hysteresis = Some(distance);
        self
    }

    /// Sets the value at which there is no more room, such as the capacity of a queue. The forecast
    /// then tells when that is. It must not be less than the bounds, which must be `_above`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread()
    /// #     .enable_time()
    /// #     .start_paused(true)
    /// #     .build()
    /// #     .unwrap()
    /// #     .block_on(async {
    /// use panopticon::checks::Level;
    /// use std::time::Duration;
    ///
    /// static QUEUED: Level =
    ///     Level::new("queued_jobs").unhealthy_above(20_000.0).full_at(30_000.0);
    ///
    /// let _ = QUEUED.health(0);
    /// tokio::time::sleep(Duration::from_secs(30)).await;
    /// let health = QUEUED.health(1_200);
    /// assert_eq!(health.detail("queued_jobs_per_second"), Some(&40.0.into()));
    /// assert_eq!(health.detail("queued_jobs_trend"), Some(&"grows by 40/s, full in 12 min".into()));
    /// # });
    /// ```
    pub const fn full_at(mut self, end: f64) -> Self {
        self.bounds.end = Some(End::Full(end));
        self
    }

    /// Sets the value at which nothing is left, usually 0. The forecast then tells when that is. It
    /// must not be greater than the bounds, which must be `_below`.
    pub const fn empty_at(mut self, end: f64) -> Self {
        self.bounds.end = Some(End::Empty(end));
        self
    }

    /// Judges a value, and remembers it.
    ///
    /// NaN is unhealthy, since it means that the value is not known. An infinity is beyond every
    /// bound, or on the good side of all of them.
    pub fn health(&self, value: impl Measure) -> Health {
        let measured = Measured::of(value);
        let health = match self.bounds.validate() {
            Err(invalid) => Health::unhealthy(format!("{} not judged: {invalid}", self.name)),
            Ok(_) if measured.number().is_nan() => {
                Health::unhealthy(format!("{} is not a number", self.name))
            }
            Ok(bounds) => return self.judge(measured, &bounds),
        };
        health.with(self.name, measured)
    }

    fn judge(&self, measured: Measured, bounds: &ValidBounds) -> Health {
        let value = measured.number();
        let (judgment, rate) = self.judged.judge(value, Some(bounds));
        let message = self.message(measured, judgment, bounds.side);
        let health = Health::with_status(judgment.status, message).with(self.name, measured);
        let Some(per_second) = rate else { return health };
        health
            .with(format!("{}_per_second", self.name), per_second)
            .with(format!("{}_trend", self.name), self.trend_text(value, per_second, bounds))
    }

    fn message(&self, measured: Measured, judgment: Judgment, side: Side) -> String {
        let (name, side) = (self.name, side.word());
        let value = self.with_unit(measured.text_beside(judgment.exceeded));
        let Some(bound) = judgment.exceeded else { return format!("{name} is {value}") };
        let bound = self.with_unit(exact(bound));
        match judgment.recovers_at.map(|it| self.with_unit(exact(it))) {
            None => format!("{name} is {value}, {side} {bound}"),
            Some(recovers_at) => {
                format!("{name} is {value}, still {side} {recovers_at} after it was {side} {bound}")
            }
        }
    }

    fn trend_text(&self, value: f64, per_second: f64, bounds: &ValidBounds) -> String {
        let rate = rate_text(per_second, self.unit);
        // A value that recovers reaches the last bound too, but from the other side.
        let last = bounds.last().filter(|_| bounds.side.is_beyond(per_second, 0.0));
        match last.and_then(|(word, end)| Some((word, forecast(value, end, per_second)?))) {
            Some((word, time)) => format!("{rate}, {word} in {time}"),
            None => rate,
        }
    }

    fn with_unit(&self, number: String) -> String {
        if self.unit.is_empty() { number } else { format!("{number} {}", self.unit) }
    }
}
