use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::health::Health;

/// What one run of a check ended in.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) health: Health,
    /// From the call of the function to its answer, or from the question to the timeout.
    pub(crate) elapsed: Duration,
    pub(crate) ended: Instant,
    /// The same as `ended`, by the clock on the wall.
    pub(crate) checked_at: SystemTime,
}

impl Outcome {
    /// Of a run that has just ended, from when it began to count.
    pub(crate) fn now(health: Health, start: Instant) -> Self {
        let ended = Instant::now();
        Self { health, elapsed: ended - start, ended, checked_at: SystemTime::now() }
    }
}
