//! What is wrong: which components, in which order, and who waits for whom.

use std::cmp::Reverse;

use super::facts::Check;
use crate::health::Status;

/// A component to show under "what is wrong", and those that wait for it.
pub(super) struct Problem<'f, 'a> {
    pub(super) check: &'f Check<'a>,
    pub(super) kind: Kind,
    /// Those that are not checked because of this one, the most important first.
    pub(super) waiting: Vec<Self>,
}

/// Why a component is shown, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Unhealthy,
    Unknown,
    Degraded,
    /// Its latest result is worse than its status, but does not count yet.
    NotCounted,
    /// It is healthy, but an operator has overruled its check, or an earlier run hangs.
    Healthy,
}

impl Kind {
    fn of(check: &Check<'_>) -> Self {
        let damped = check.component.damped();
        match check.status() {
            Status::Unhealthy => Self::Unhealthy,
            Status::Unknown => Self::Unknown,
            Status::Degraded => Self::Degraded,
            Status::Healthy if damped.is_some() => Self::NotCounted,
            Status::Healthy => Self::Healthy,
        }
    }

    /// Returns whether the component itself is neither healthy nor degraded.
    pub(super) fn fails(self) -> bool {
        matches!(self, Self::Unhealthy | Self::Unknown)
    }
}

impl Problem<'_, '_> {
    /// Returns the number of components that wait for this one, directly or not.
    pub(super) fn waiting_count(&self) -> usize {
        self.waiting.iter().map(|waiting| 1 + waiting.waiting_count()).sum()
    }

    /// Returns whether the service fails because of this component, or of one that waits for it.
    pub(super) fn is_critical(&self) -> bool {
        self.check.component.critical() || self.waiting.iter().any(Self::is_critical)
    }

    /// Failures of critical components are first, then those of optional ones.
    fn rank(&self) -> (bool, Kind, bool) {
        let is_optional = !self.is_critical();
        (is_optional || !self.kind.fails(), self.kind, is_optional)
    }

    /// Calls `action` with this one and all that wait for it, and how deep they are.
    pub(super) fn visit(&self, depth: usize, action: &mut impl FnMut(&Self, usize)) {
        action(self, depth);
        for waiting in &self.waiting {
            waiting.visit(depth + 1, action);
        }
    }
}

/// Returns what is wrong, the most important first. A component that waits for another one that is
/// shown is nested under it.
pub(super) fn problems<'f, 'a>(checks: &'f [Check<'a>]) -> Vec<Problem<'f, 'a>> {
    let noteworthy: Vec<&Check<'a>> = checks.iter().filter(|check| check.is_noteworthy()).collect();
    let cause = |check: &Check<'a>| {
        let cause = check.waits_for?;
        noteworthy.binary_search_by(|other| other.name().cmp(cause)).ok()
    };
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); noteworthy.len()];
    let mut roots = Vec::new();
    for (position, check) in noteworthy.iter().enumerate() {
        match cause(check) {
            Some(cause) => waiting[cause].push(position),
            None => roots.push(position),
        }
    }
    nested(&roots, &noteworthy, &waiting)
}

/// Returns the problems of the components at these positions. `build()` has made sure that no
/// component depends on itself.
fn nested<'f, 'a>(
    positions: &[usize],
    noteworthy: &[&'f Check<'a>],
    waiting: &[Vec<usize>],
) -> Vec<Problem<'f, 'a>> {
    let problem = |&position: &usize| {
        let check = noteworthy[position];
        let waiting = nested(&waiting[position], noteworthy, waiting);
        Problem { check, kind: Kind::of(check), waiting }
    };
    let mut problems: Vec<_> = positions.iter().map(problem).collect();
    // The component that most others wait for is the most likely cause, then the one that failed first.
    // Those without a known time are last. Ties stay in the order of names, since the sort is stable.
    problems.sort_by_cached_key(|problem| {
        let since = problem.check.status_since();
        (problem.rank(), Reverse(problem.waiting_count()), since.is_none(), since)
    });
    problems
}
