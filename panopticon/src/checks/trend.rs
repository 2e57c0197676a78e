//! How fast a value changes, and when it will have reached a bound.

use std::time::Duration;

use tokio::time::Instant;

use crate::checks::number_text::rounded;

/// A rate covers at least this much time, if the values go back that far.
const SPAN: Duration = Duration::from_secs(60);

/// The shortest time that a rate covers. Over less, one value more or less is a high rate.
const MIN_SPAN: Duration = Duration::from_secs(1);

/// What lies further ahead is not worth a forecast.
const MAX_FORECAST: f64 = 365.0 * DAY;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// The units of time of a rate, in seconds.
pub(super) const UNITS_OF_TIME: [(f64, &str); 4] =
    [(1.0, "s"), (MINUTE, "min"), (HOUR, "h"), (DAY, "d")];

/// The values from which the rate is computed: those of one to two minutes ago, so that a rate is
/// neither that of the last moment nor that of a whole day.
#[derive(Debug)]
pub(super) struct Trend {
    /// At least [`SPAN`] older than the next one.
    older: Option<Sample>,
    newer: Option<Sample>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Instant,
    value: f64,
}

impl Trend {
    pub(super) const fn new() -> Self {
        Self { older: None, newer: None }
    }

    /// Adds a value, and returns how much the value grows per second, if it is known.
    pub(super) fn add(&mut self, value: f64, at: Instant) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        let sample = Sample { at, value };
        let Some(newer) = self.newer else {
            self.newer = Some(sample);
            return None;
        };
        if at.saturating_duration_since(newer.at) >= SPAN {
            self.older = Some(newer);
            self.newer = Some(sample);
        }
        let start = self.older.unwrap_or(newer);
        let elapsed = at.saturating_duration_since(start.at);
        let rate = (value - start.value) / elapsed.as_secs_f64();
        Some(rate).filter(|rate| elapsed >= MIN_SPAN && rate.is_finite())
    }
}

/// Returns a rate with its unit of time, such as `grows by 40/s`. The unit of the value is between
/// the two.
pub(super) fn rate_text(per_second: f64, unit: &str) -> String {
    if per_second == 0.0 {
        return "steady".to_owned();
    }
    let verb = if per_second > 0.0 { "grows" } else { "falls" };
    let amount = per_second.abs();
    let is_enough = |&(seconds, _): &(f64, _)| amount * seconds >= 1.0;
    let (seconds, time) = UNITS_OF_TIME.into_iter().find(is_enough).unwrap_or(UNITS_OF_TIME[3]);
    let space = if unit.is_empty() { "" } else { " " };
    format!("{verb} by {}{space}{unit}/{time}", rounded(amount * seconds))
}

/// Returns the time in which a value that changes at this rate reaches another one, unless it moves
/// away from it or takes too long.
pub(super) fn forecast(value: f64, end: f64, per_second: f64) -> Option<String> {
    let seconds = (end - value) / per_second;
    let (unit, name) = match seconds {
        f64::MIN_POSITIVE..120.0 => (1.0, "s"),
        120.0..7_200.0 => (MINUTE, "min"),
        7_200.0..172_800.0 => (HOUR, "h"),
        172_800.0..MAX_FORECAST => (DAY, "d"),
        // Reached, too far ahead, or not a number.
        _ => return None,
    };
    Some(format!("{:.0} {name}", seconds / unit))
}
