//! Whether heartbeats arrive, as a component.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::health::{Health, Message};

/// The number of intervals without a successful call after which the component is unhealthy.
const MAX_INTERVALS: u32 = 3;

/// What anonymous readers see of a failure, since where heartbeats go is not for them.
const FAILURE: &str = "heartbeats fail";

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
    /// Records a call. The error must not contain a secret.
    pub(crate) fn record(&self, result: Result<(), String>, now: Instant, interval: Duration) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.health = Some(match result {
            Ok(()) => {
                state.failing_since = None;
                Health::healthy("heartbeats are accepted")
            }
            Err(problem) => {
                let since = *state.failing_since.get_or_insert(now);
                let message =
                    Message::with_error(format!("{FAILURE}: {problem}"), FAILURE.to_owned());
                if now - since >= interval.saturating_mul(MAX_INTERVALS) {
                    Health::from_message(message)
                } else {
                    Health::degraded_from_message(message)
                }
            }
        });
    }

    pub(crate) fn health(&self) -> Health {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.health.clone().unwrap_or_else(|| Health::healthy("no heartbeat has been due yet"))
    }
}
