//! The status of a component, given the results of its check: thresholds and transitions.
//!
//! A pure state machine, without a clock and without I/O: the same results give the same statuses.

#[cfg(test)]
mod model_tests;

use crate::check::Thresholds;
use crate::health::Status;
use crate::report::Damped;

/// The reported status of one component.
#[derive(Debug, Clone)]
pub(super) struct ReportedStatus {
    thresholds: Thresholds,
    status: Status,
    /// Whether the latest results were successes or failures, and how many in a row.
    streak: (bool, u32),
}

/// The effect of one result, or of the lack of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Observation {
    /// The status from now on.
    pub(super) reported: Status,
    /// The status until now, if it was another.
    pub(super) changed_from: Option<Status>,
    /// How far the status is from changing, if the result alone would mean another.
    pub(super) damped: Option<Damped>,
}

impl ReportedStatus {
    /// Returns the status before the first result: unknown.
    pub(super) fn new(thresholds: Thresholds) -> Self {
        Self { thresholds, status: Status::Unknown, streak: (true, 0) }
    }

    /// Takes the result of a run. There is no threshold between healthy and degraded, which are
    /// both successes.
    pub(super) fn observe(&mut self, result: Status) -> Observation {
        let succeeded = result.is_healthy();
        self.streak = match self.streak {
            (kind, count) if kind == succeeded => (kind, count.saturating_add(1)),
            _ => (succeeded, 1),
        };
        let threshold = if succeeded { self.thresholds.success } else { self.thresholds.failure };
        let is_of_this_kind =
            self.status != Status::Unknown && self.status.is_healthy() == succeeded;
        let count = self.streak.1;
        if is_of_this_kind || count >= threshold {
            self.report(result, None)
        } else {
            self.report(self.status, Some(Damped { status: result, count, threshold }))
        }
    }

    /// Forgets all results, because the latest is too old to be trusted.
    pub(super) fn forget(&mut self) -> Observation {
        self.streak = (true, 0);
        self.report(Status::Unknown, None)
    }

    fn report(&mut self, status: Status, damped: Option<Damped>) -> Observation {
        let before = std::mem::replace(&mut self.status, status);
        Observation {
            reported: status,
            changed_from: Some(before).filter(|&before| before != status),
            damped,
        }
    }
}
