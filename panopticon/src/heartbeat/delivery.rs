//! Whether heartbeats arrive, as a component.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::health::Health;

/// The number of intervals without a successful call after which the component is unhealthy.
const MAX_INTERVALS: u32 = 3;

/// What the last calls have shown.
#[derive(Debug, Default)]
pub(crate) struct Delivery(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The first call that has failed since the last one that succeeded.
    failing_since: Option<Instant>,
    /// `None` until the first call.
    health: Option<Health>,
}

impl Delivery {
    pub(crate) fn record(&self, result: Result<(), String>, now: Instant, interval: Duration) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.health = Some(match result {
            Ok(()) => {
                state.failing_since = None;
                Health::healthy("heartbeats are accepted")
            }
            Err(problem) => {
                let since = *state.failing_since.get_or_insert(now);
                if now - since >= interval.saturating_mul(MAX_INTERVALS) {
                    Health::unhealthy(problem)
                } else {
                    Health::degraded(problem)
                }
            }
        });
    }

    pub(crate) fn health(&self) -> Health {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.health.clone().unwrap_or_else(|| Health::healthy("no heartbeat has been due yet"))
    }
}
