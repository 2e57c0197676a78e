use std::time::{Duration, Instant};

use super::{INSTALLED, Tags};

/// What a time is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "not for users")]
pub enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl Unit {
    fn nanoseconds(self) -> f64 {
        match self {
            Self::Seconds => 1e9,
            Self::Milliseconds => 1e6,
            Self::Microseconds => 1e3,
            Self::Nanoseconds => 1.0,
        }
    }

    /// How many of it a time is, rounded once, so that 1.1 ms are sent as `1.1`: 0.0011 s times
    /// 1,000 are a little more.
    #[allow(clippy::cast_precision_loss, reason = "nanoseconds of up to 104 days are exact")]
    pub(crate) fn of(self, time: Duration) -> f64 {
        time.as_nanos() as f64 / self.nanoseconds()
    }
}

/// Sends the time from its making to its drop, as a histogram.
#[derive(Debug)]
#[must_use]
pub struct Timer {
    name: &'static str,
    unit: Unit,
    tags: Tags<'static>,
    /// `None` where statistics are disabled: not even the clock is asked.
    started: Option<Instant>,
}

/// Starts a timer; what `#[track_time]` puts at the beginning of a function.
#[inline]
pub fn time_until_dropped(name: &'static str, unit: Unit, tags: Tags<'static>) -> Timer {
    let is_enabled = INSTALLED.get().is_some_and(super::Stats::is_enabled);
    Timer { name, unit, tags, started: is_enabled.then(Instant::now) }
}

impl Drop for Timer {
    #[inline]
    fn drop(&mut self) {
        if let Some(started) = self.started {
            super::histogram(self.name, self.unit.of(started.elapsed()), self.tags);
        }
    }
}
