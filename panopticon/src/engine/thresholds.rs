//! What is reported of a component, given the results of its check: thresholds and transitions.
//!
//! A pure state machine, without a clock and without I/O: the same results give the same states.

#[cfg(test)]
mod model_tests;

use crate::check::Thresholds;
use crate::health::Status;
use crate::report::Damped;

/// The state of one component.
#[derive(Debug, Clone)]
pub(crate) struct State {
    thresholds: Thresholds,
    reported: Status,
    /// Whether the latest results were successes or failures, and how many of them in a row.
    streak: (bool, u32),
}

/// What one result, or the lack of one, comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Observation {
    /// What is reported from now on.
    pub(crate) reported: Status,
    /// What was reported until now, where that is something else.
    pub(crate) changed_from: Option<Status>,
    /// How far it is from changing, where the result alone says something else.
    pub(crate) damped: Option<Damped>,
}

impl State {
    /// The state before the first result: unknown.
    pub(crate) fn new(thresholds: Thresholds) -> Self {
        Self { thresholds, reported: Status::Unknown, streak: (true, 0) }
    }

    /// Takes the result of a run. Healthy and degraded are of one kind: between them there is no
    /// threshold.
    pub(crate) fn observe(&mut self, result: Status) -> Observation {
        let succeeded = result.is_healthy();
        self.streak = match self.streak {
            (kind, count) if kind == succeeded => (kind, count.saturating_add(1)),
            _ => (succeeded, 1),
        };
        let threshold = if succeeded { self.thresholds.success } else { self.thresholds.failure };
        let is_of_this_kind =
            self.reported != Status::Unknown && self.reported.is_healthy() == succeeded;
        let count = self.streak.1;
        if is_of_this_kind || count >= threshold {
            self.report(result, None)
        } else {
            self.report(self.reported, Some(Damped { status: result, count, threshold }))
        }
    }

    /// Forgets all results, for the latest is too old to be trusted.
    pub(crate) fn forget(&mut self) -> Observation {
        self.streak = (true, 0);
        self.report(Status::Unknown, None)
    }

    fn report(&mut self, status: Status, damped: Option<Damped>) -> Observation {
        let before = std::mem::replace(&mut self.reported, status);
        Observation {
            reported: status,
            changed_from: Some(before).filter(|&before| before != status),
            damped,
        }
    }
}
