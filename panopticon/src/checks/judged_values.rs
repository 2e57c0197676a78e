//! What is remembered of a number that is judged again and again.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

use super::hysteresis::{Judgment, ValidBounds};
use super::trend::Trend;
use crate::health::Status;

/// The last status of a number, and how fast it changes.
#[derive(Debug)]
pub(super) struct JudgedValues(Mutex<Previous>);

#[derive(Debug)]
struct Previous {
    status: Status,
    trend: Trend,
}

impl JudgedValues {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Previous { status: Status::Healthy, trend: Trend::new() }))
    }

    /// Judges a value that is not NaN, and remembers it. Also returns how much the value grows per
    /// second, if it is known. Without bounds, every value is healthy.
    pub(super) fn judge(
        &self,
        value: f64,
        bounds: Option<&ValidBounds>,
    ) -> (Judgment, Option<f64>) {
        let mut previous = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let judgment =
            bounds.map_or(Judgment::HEALTHY, |bounds| bounds.judge(value, previous.status));
        previous.status = judgment.status;
        (judgment, previous.trend.add(value, Instant::now()))
    }
}
