//! A number of the machine or the process: its bounds, and what it was before.

use super::quantity::rate;
use crate::checks::hysteresis::{Bound, HysteresisBounds, InvalidBounds, Side};
use crate::checks::judged_values::JudgedValues;
use crate::checks::number_text::exact;
use crate::checks::trend::forecast;
use crate::health::{Health, Status};

/// A number, of which a check that is kept remembers the last values.
#[derive(Debug)]
pub(in crate::checks) struct Gauge {
    side: Side,
    /// The end of the names of the builder's methods, such as `share` for `degraded_above_share`.
    setting: &'static str,
    bounds: HysteresisBounds,
    judged: JudgedValues,
}

/// What a value means.
#[derive(Debug, Clone, Copy)]
pub(in crate::checks) struct Reading {
    value: f64,
    pub(in crate::checks) status: Status,
    /// The number that the value has to reach to be better.
    bound: Option<f64>,
    /// By how much the value grows per second, if earlier ones are known.
    per_second: Option<f64>,
}

impl Gauge {
    /// Creates a gauge of a number that should be low, without bounds.
    pub(in crate::checks) const fn above(setting: &'static str) -> Self {
        Self::new(Side::Above, setting)
    }

    /// Creates a gauge of a number that should be high, without bounds.
    pub(in crate::checks) const fn below(setting: &'static str) -> Self {
        Self::new(Side::Below, setting)
    }

    const fn new(side: Side, setting: &'static str) -> Self {
        Self { side, setting, bounds: HysteresisBounds::NONE, judged: JudgedValues::new() }
    }

    pub(in crate::checks) const fn degraded(mut self, bound: f64) -> Self {
        self.bounds.degraded = Some(self.bound(bound));
        self
    }

    pub(in crate::checks) const fn unhealthy(mut self, bound: f64) -> Self {
        self.bounds.unhealthy = Some(self.bound(bound));
        self
    }

    const fn bound(&self, bound: f64) -> Bound {
        match self.side {
            Side::Above => Bound::Above(bound),
            Side::Below => Bound::Below(bound),
        }
    }

    /// Adds what is wrong with the bounds.
    pub(in crate::checks) fn validate(&self, mistakes: &mut Vec<String>) {
        let (side, setting) = (self.side.word(), self.setting);
        match self.bounds.validate() {
            Ok(_) | Err(InvalidBounds::None) => {}
            Err(InvalidBounds::Order { degraded, unhealthy, .. }) => mistakes.push(format!(
                "`unhealthy_{side}_{setting}` ({}) must be {side} `degraded_{side}_{setting}` ({})",
                exact(unhealthy),
                exact(degraded)
            )),
            Err(invalid) => mistakes.push(format!("`…_{side}_{setting}`: {invalid}")),
        }
    }

    /// Adds what is wrong with the bounds of a share.
    pub(in crate::checks) fn validate_shares(&self, mistakes: &mut Vec<String>) {
        let before = mistakes.len();
        let bounds = [("degraded", self.bounds.degraded), ("unhealthy", self.bounds.unhealthy)];
        for (status, bound) in bounds {
            let Some(bound) = bound.map(Bound::value) else { continue };
            if !(0.0..=1.0).contains(&bound) {
                let (side, setting) = (self.side.word(), self.setting);
                mistakes.push(format!(
                    "`{status}_{side}_{setting}` must be a share from 0 to 1, such as 0.05 for 5 %, \
                     not {bound:?}"
                ));
            }
        }
        if mistakes.len() == before {
            self.validate(mistakes);
        }
    }

    /// Judges a value, and remembers it.
    pub(in crate::checks) fn read(&self, value: f64) -> Reading {
        // They are valid, unless there are none.
        let bounds = self.bounds.validate().ok();
        let (judgment, per_second) = self.judged.judge(value, bounds.as_ref());
        let bound = judgment.recovers_at.or(judgment.exceeded);
        Reading { value, status: judgment.status, bound, per_second }
    }
}

impl Reading {
    /// Returns the whole number that the value has to reach to be better.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a `u64`")]
    pub(in crate::checks) fn bound(&self) -> u64 {
        self.bound.unwrap_or_default() as u64
    }

    /// Adds how fast this number of bytes changes, if it is known, and when it will have reached its
    /// end.
    pub(in crate::checks) fn add_trend(
        &self,
        health: Health,
        name: &str,
        end: f64,
        at_end: &str,
    ) -> Health {
        let Some(per_second) = self.per_second else { return health };
        let rate = rate(per_second);
        let trend = match forecast(self.value, end, per_second) {
            Some(time) => format!("{rate}, {at_end} in {time}"),
            None => rate,
        };
        health.with(format!("{name}_per_second"), per_second).with(format!("{name}_trend"), trend)
    }
}
