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
    streaks: Streaks,
}

/// The numbers of latest results in a row that are at least as bad, or at least as good, as each
/// status.
#[derive(Debug, Clone, Copy, Default)]
struct Streaks {
    healthy: u32,
    degraded_or_better: u32,
    degraded_or_worse: u32,
    unhealthy: u32,
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
        Self { thresholds, status: Status::Unknown, streaks: Streaks::default() }
    }

    /// Returns the reported status.
    pub(super) fn reported(&self) -> Status {
        self.status
    }

    /// Takes the result of a run.
    ///
    /// Statuses are ordered by severity. Unknown comes before unhealthy, so that healthy and
    /// degraded results make it better, and unhealthy ones worse.
    pub(super) fn observe(&mut self, result: Status) -> Observation {
        self.streaks.add(result);
        let before = self.status;
        if result > before {
            let worse = [Status::Unhealthy, Status::Degraded].into_iter();
            self.move_to(worse.filter(|&level| level > before));
        } else if result < before {
            let better = [Status::Healthy, Status::Degraded].into_iter();
            self.move_to(better.filter(|&level| level < before));
        }
        Observation {
            reported: self.status,
            changed_from: Some(before).filter(|&before| before != self.status),
            damped: (result != self.status).then(|| Damped {
                status: result,
                count: self.streaks.towards(result, self.status),
                threshold: self.threshold_towards(result),
            }),
        }
    }

    /// Takes the result of a run after a gap: all results before it are forgotten, since they are
    /// too old to be trusted. The status does not become unknown in between.
    pub(super) fn observe_after_gap(&mut self, result: Status) -> Observation {
        let before = self.forget().changed_from.unwrap_or(Status::Unknown);
        let observation = self.observe(result);
        let changed_from = Some(before).filter(|&before| before != observation.reported);
        Observation { changed_from, ..observation }
    }

    /// Forgets all results, because the latest is too old to be trusted.
    pub(super) fn forget(&mut self) -> Observation {
        self.streaks = Streaks::default();
        let before = std::mem::replace(&mut self.status, Status::Unknown);
        Observation {
            reported: Status::Unknown,
            changed_from: Some(before).filter(|&before| before != Status::Unknown),
            damped: None,
        }
    }

    /// Moves to the first of these statuses that enough results in a row have reached.
    fn move_to(&mut self, mut levels: impl Iterator<Item = Status>) {
        let is_reached = |&level: &Status| {
            self.streaks.towards(level, self.status) >= self.threshold_towards(level)
        };
        if let Some(level) = levels.find(is_reached) {
            self.status = level;
        }
    }

    /// Returns the number of results in a row that it takes to get from the reported status to this
    /// one.
    fn threshold_towards(&self, level: Status) -> u32 {
        if level > self.status { self.thresholds.failure } else { self.thresholds.success }
    }
}

impl Streaks {
    fn add(&mut self, result: Status) {
        let count = |streak: &mut u32, goes_on: bool| {
            *streak = if goes_on { streak.saturating_add(1) } else { 0 };
        };
        count(&mut self.healthy, result == Status::Healthy);
        count(&mut self.degraded_or_better, result <= Status::Degraded);
        count(&mut self.degraded_or_worse, result >= Status::Degraded);
        count(&mut self.unhealthy, result == Status::Unhealthy);
    }

    /// Returns the number of results in a row that count for a change from `reported` to `level`.
    fn towards(&self, level: Status, reported: Status) -> u32 {
        match level {
            Status::Healthy => self.healthy,
            Status::Degraded if level < reported => self.degraded_or_better,
            Status::Degraded => self.degraded_or_worse,
            // No check returns unknown.
            Status::Unhealthy | Status::Unknown => self.unhealthy,
        }
    }
}
