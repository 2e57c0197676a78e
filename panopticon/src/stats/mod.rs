//! STAND-IN, to be dropped at the merge: as much of `stats` as the tests of `#[track_time]` need.

use std::sync::Mutex;
use std::time::Instant;

/// What the time is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// s
    Seconds,
    /// ms
    Milliseconds,
    /// us
    Microseconds,
    /// ns
    Nanoseconds,
}

impl Unit {
    const fn per_second(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Milliseconds => 1e3,
            Self::Microseconds => 1e6,
            Self::Nanoseconds => 1e9,
        }
    }
}

/// Records when it is dropped.
#[derive(Debug)]
pub struct Timer {
    started: Instant,
    name: &'static str,
    unit: Unit,
    tags: &'static [(&'static str, &'static str)],
}

/// Starts the time.
#[must_use]
pub fn time_until_dropped(
    name: &'static str,
    unit: Unit,
    tags: &'static [(&'static str, &'static str)],
) -> Timer {
    Timer { started: Instant::now(), name, unit, tags }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let Self { name, unit, tags, .. } = *self;
        let elapsed = self.started.elapsed().as_secs_f64() * unit.per_second();
        testing::RECORDS.lock().unwrap().push(testing::Record { name, elapsed, unit, tags });
    }
}

/// What was recorded.
pub mod testing {
    use super::{Mutex, Unit};

    pub(super) static RECORDS: Mutex<Vec<Record>> = Mutex::new(Vec::new());

    /// One time.
    #[derive(Debug, Clone, Copy)]
    pub struct Record {
        /// The metric.
        pub name: &'static str,
        /// In the unit.
        pub elapsed: f64,
        /// The unit.
        pub unit: Unit,
        /// The tags.
        pub tags: &'static [(&'static str, &'static str)],
    }

    /// All that was recorded of a metric.
    #[must_use]
    #[allow(clippy::missing_panics_doc)]
    pub fn recorded(name: &str) -> Vec<Record> {
        RECORDS.lock().unwrap().iter().filter(|record| record.name == name).copied().collect()
    }
}
