use std::time::{Duration, SystemTime};

use crate::health::Health;

/// What one run of a check ended in.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) health: Health,
    /// From the call of the function to its answer, or from the question to the timeout.
    pub(crate) elapsed: Duration,
    pub(crate) checked_at: SystemTime,
}

impl Outcome {
    /// Of a run that has just ended.
    pub(crate) fn now(health: Health, elapsed: Duration) -> Self {
        Self { health, elapsed, checked_at: SystemTime::now() }
    }
}
