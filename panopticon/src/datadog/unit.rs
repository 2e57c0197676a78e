//! Units of time for metrics.

use std::time::Duration;

/// The unit a duration is sent in.
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

    /// Converts a duration with a single rounding, so that 1.1 ms are sent as `1.1`; 0.0011 s times
    /// 1,000 would be slightly more.
    #[allow(clippy::cast_precision_loss, reason = "nanoseconds of up to 104 days are exact")]
    pub(crate) fn convert(self, time: Duration) -> f64 {
        time.as_nanos() as f64 / self.nanoseconds()
    }
}
