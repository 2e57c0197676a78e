//! The timer `#[track_time]` puts into a function.

use std::time::Instant;

use super::global;
use super::metric::Tags;
pub use super::unit::Unit;

/// A timer that sends the time between its creation and its drop to a histogram.
#[derive(Debug)]
#[must_use]
pub struct FunctionTimer {
    name: &'static str,
    unit: Unit,
    tags: Tags<'static>,
    /// `None` if statistics are disabled, in which case the clock is not even read.
    started: Option<Instant>,
}

/// Starts a timer. `#[track_time]` puts this call at the beginning of a function.
#[inline]
pub fn time_until_dropped(name: &'static str, unit: Unit, tags: Tags<'static>) -> FunctionTimer {
    FunctionTimer { name, unit, tags, started: global::is_enabled().then(Instant::now) }
}

impl Drop for FunctionTimer {
    #[inline]
    fn drop(&mut self) {
        if let Some(started) = self.started {
            global::histogram(self.name, self.unit.convert(started.elapsed()), self.tags);
        }
    }
}
