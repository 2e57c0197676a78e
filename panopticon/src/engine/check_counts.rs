//! Counters for a check since `build()`: its runs by outcome, and the transitions of its component.

use std::time::{Duration, SystemTime};

use super::state::RunResult;
use crate::health::Status;

/// The counts of one check, and its last run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct CheckCounts {
    runs: [u64; RunOutcome::ALL.len()],
    transitions: [u64; Status::ALL.len()],
    /// `None` before the first run has ended.
    pub(crate) last_run: Option<LastRun>,
}

/// The last run that has ended, or has timed out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LastRun {
    pub(crate) ended_at: SystemTime,
    /// As the component reports it.
    pub(crate) response_time: Duration,
}

/// How a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunOutcome {
    Healthy,
    Degraded,
    Unhealthy,
    /// It timed out, or there was no thread for it, or its runtime has dropped it.
    NoAnswer,
}

impl RunOutcome {
    pub(crate) const ALL: [Self; 4] =
        [Self::Healthy, Self::Degraded, Self::Unhealthy, Self::NoAnswer];

    pub(super) fn of(result: &RunResult) -> Self {
        match result.health.status() {
            _ if !result.is_answer => Self::NoAnswer,
            Status::Healthy => Self::Healthy,
            Status::Degraded => Self::Degraded,
            // No check returns unknown.
            Status::Unknown | Status::Unhealthy => Self::Unhealthy,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => Status::Healthy.as_str(),
            Self::Degraded => Status::Degraded.as_str(),
            Self::Unhealthy => Status::Unhealthy.as_str(),
            Self::NoAnswer => "no_answer",
        }
    }
}

impl CheckCounts {
    /// Counts a run. `ended_at` is `None` if the check was not called.
    pub(super) fn add_run(
        &mut self,
        outcome: RunOutcome,
        ended_at: Option<SystemTime>,
        response_time: Duration,
    ) {
        self.runs[outcome as usize] += 1;
        if let Some(ended_at) = ended_at {
            self.last_run = Some(LastRun { ended_at, response_time });
        }
    }

    pub(super) fn add_transition(&mut self, to: Status) {
        self.transitions[to as usize] += 1;
    }

    /// Returns how many runs have ended in this way.
    pub(crate) fn runs(&self, outcome: RunOutcome) -> u64 {
        self.runs[outcome as usize]
    }

    /// Returns how many transitions have led to this status.
    pub(crate) fn transitions(&self, to: Status) -> u64 {
        self.transitions[to as usize]
    }
}
