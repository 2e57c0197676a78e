//! What the simulated checks return, which can be changed at any time.

use std::collections::BTreeMap;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use panopticon::Health;
use serde::Deserialize;
use tokio::time::sleep;

use crate::components::Simulated;

/// The behavior of each component's check, by name. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Simulation {
    checks: Arc<Mutex<BTreeMap<String, SimulatedCheck>>>,
}

#[derive(Debug)]
struct SimulatedCheck {
    usual: Simulated,
    set: Option<Outcome>,
    runs: u64,
}

/// What a check does from now on; `POST /set/NAME` takes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outcome {
    status: Behavior,
    #[serde(default)]
    message: String,
    /// In milliseconds; if not set, as usual.
    response_time: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Behavior {
    Healthy,
    Degraded,
    Unhealthy,
    /// Returns the message as an error, which not every reader may see.
    Error,
    /// Does not end.
    Hangs,
}

impl Simulation {
    pub(crate) fn add(&self, name: String, usual: Simulated) {
        self.with(|checks| checks.insert(name, SimulatedCheck { usual, set: None, runs: 0 }));
    }

    /// Sets what a check does, or what it usually does if there is no outcome. Returns false if no
    /// component has this name.
    pub(crate) fn set(&self, name: &str, outcome: Option<Outcome>) -> bool {
        self.with(|checks| checks.get_mut(name).map(|check| check.set = outcome).is_some())
    }

    /// Lets all checks do what they usually do.
    pub(crate) fn reset(&self) {
        self.with(|checks| checks.values_mut().for_each(|check| check.set = None));
    }

    /// Runs the check with this name.
    pub(crate) async fn run(self, name: String) -> Result<Health, io::Error> {
        let Some((usual, set, run)) = self.with(|checks| {
            checks.get_mut(&name).map(|check| {
                check.runs += 1;
                (check.usual, check.set.clone(), check.runs)
            })
        }) else {
            return Err(io::Error::other("no check with this name is simulated"));
        };
        let health = match &set {
            None => Health::healthy(usual.message),
            Some(Outcome { status, message, response_time }) => match status {
                Behavior::Healthy => Health::healthy(message),
                Behavior::Degraded => Health::degraded(message),
                Behavior::Unhealthy => Health::unhealthy(message),
                Behavior::Error => {
                    sleep(Duration::from_millis(response_time.unwrap_or_default())).await;
                    return Err(io::Error::other(message.clone()));
                }
                Behavior::Hangs => pending().await,
            },
        };
        let response_time = match set.and_then(|outcome| outcome.response_time) {
            Some(milliseconds) => Duration::from_millis(milliseconds),
            None => usual.response_time.mul_f64(variation(run)),
        };
        let health = match usual.detail {
            Some((key, value)) => health.with(key, value + run % 7),
            None => health,
        };
        Ok(health.response_time(response_time))
    }

    fn with<T>(&self, action: impl FnOnce(&mut BTreeMap<String, SimulatedCheck>) -> T) -> T {
        action(&mut self.checks.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Returns a factor between 0.8 and 1.4 that looks random but is the same in each execution.
fn variation(run: u64) -> f64 {
    // The last step of the generator SplitMix64.
    let mut bits = run.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let [_, _, _, _, _, _, _, last] = (bits ^ (bits >> 31)).to_be_bytes();
    0.8 + f64::from(last) / 255.0 * 0.6
}
