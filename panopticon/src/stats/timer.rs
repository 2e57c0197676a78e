use std::time::Instant;

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
    fn per_second(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Milliseconds => 1e3,
            Self::Microseconds => 1e6,
            Self::Nanoseconds => 1e9,
        }
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
            let time = started.elapsed().as_secs_f64() * self.unit.per_second();
            super::histogram(self.name, time, self.tags);
        }
    }
}
