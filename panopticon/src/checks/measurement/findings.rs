//! What a check has found about several numbers, as one result.

use crate::health::{Health, Message, Status};

/// The worst status, with a text about each number that is not healthy.
pub(in crate::checks) struct Findings {
    status: Status,
    problems: Vec<String>,
}

impl Findings {
    pub(in crate::checks) const fn new() -> Self {
        Self { status: Status::Healthy, problems: Vec::new() }
    }

    /// Adds a number's status, and what to say about it unless it is healthy.
    pub(in crate::checks) fn add(&mut self, status: Status, problem: impl FnOnce() -> String) {
        if status != Status::Healthy {
            self.problems.push(problem());
            self.status = self.status.max(status);
        }
    }

    /// Returns the result, with this message if there is no problem.
    pub(in crate::checks) fn health(self, healthy: impl FnOnce() -> String) -> Health {
        let message = match self.status {
            Status::Healthy => healthy(),
            _ => self.problems.join("; "),
        };
        Health::with_status(self.status, message)
    }
}

/// The systems that a check works on.
#[derive(Debug, Clone, Copy)]
pub(in crate::checks) struct Systems {
    pub(in crate::checks) names: &'static str,
    /// The same, as a condition of `#[cfg(…)]`.
    pub(in crate::checks) cfg: &'static str,
}

/// Why there is nothing to judge.
#[derive(Debug)]
pub(in crate::checks) enum Unmeasured {
    /// Only these systems can measure it.
    OtherSystem(Systems),
    /// The text of an error.
    Failed(String),
}

impl Unmeasured {
    /// Returns a degraded result: it does not claim that all is well, but what cannot be measured is
    /// no reason to take a service out of rotation.
    pub(in crate::checks) fn health(self, what: &str) -> Health {
        let summary = format!("{what} cannot be measured");
        match self {
            Self::OtherSystem(Systems { names, cfg }) => Health::degraded(format!(
                "{summary} on {}, only on {names}; to leave the check out there, write \
                 `#[cfg({cfg})]` above it",
                std::env::consts::OS
            )),
            Self::Failed(error) => {
                let message = Message::with_error(format!("{summary}: {error}"), summary);
                Health { status: Status::Degraded, ..Health::from_message(message) }
            }
        }
    }
}
