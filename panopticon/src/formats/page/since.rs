//! Since when a report has been failing, degraded or healthy, by the transitions that are recorded.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::facts::Past;
use crate::check::Probe;
use crate::events::Transition;
use crate::health::Status;

/// The beginning of the state that a report is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Since {
    pub(super) at: DateTime<Utc>,
    /// Whether it may have begun earlier, before everything that is recorded.
    pub(super) or_earlier: bool,
}

impl Since {
    pub(super) fn exactly(at: DateTime<Utc>) -> Self {
        Self { at, or_earlier: false }
    }
}

/// A component as it counts in a report now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted<'a> {
    pub(super) name: &'a str,
    /// Whether the report fails when the component does.
    pub(super) critical: bool,
    pub(super) status: Status,
}

/// What a report is, because of all its components, or one component makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Healthy,
    Degraded,
    Failing,
}

/// The number of components with each outcome.
#[derive(Default)]
struct Counts {
    degraded: usize,
    failing: usize,
}

impl Counts {
    fn of(&mut self, outcome: Outcome) -> Option<&mut usize> {
        match outcome {
            Outcome::Healthy => None,
            Outcome::Degraded => Some(&mut self.degraded),
            Outcome::Failing => Some(&mut self.failing),
        }
    }

    fn add(&mut self, outcome: Outcome) {
        self.of(outcome).into_iter().for_each(|count| *count += 1);
    }

    fn remove(&mut self, outcome: Outcome) {
        self.of(outcome).into_iter().for_each(|count| *count -= 1);
    }

    fn worst(&self) -> Outcome {
        match (self.degraded, self.failing) {
            (0, 0) => Outcome::Healthy,
            (_, 0) => Outcome::Degraded,
            _ => Outcome::Failing,
        }
    }
}

/// Returns since when the report on these components has had its present outcome without a break:
/// failures of several components that overlap count as one.
///
/// Goes back through the transitions to the last one before which the outcome was another one.
/// Components that are skipped must be left out: they have no transitions, and follow their cause.
pub(super) fn since(checks: &[Counted<'_>], probe: Option<Probe>, past: Past<'_>) -> Option<Since> {
    let history = past.history?;
    let mut outcomes: BTreeMap<&str, (&Counted<'_>, Outcome)> = BTreeMap::new();
    // Those of which a transition has been met.
    let mut met: BTreeSet<&str> = BTreeSet::new();
    let mut counts = Counts::default();
    for check in checks {
        let outcome = outcome(check.status, check.critical);
        outcomes.insert(check.name, (check, outcome));
        counts.add(outcome);
    }
    let now = counts.worst();
    let transitions: Vec<&Transition> = history.transitions().collect();
    for (position, transition) in transitions.iter().enumerate().rev() {
        let Some((Counted { name, critical, .. }, before)) = outcomes.get_mut(transition.name())
        else {
            continue;
        };
        if met.insert(name) {
            // It may have changed without a transition, as at a shutdown, and nobody knows when.
            counts.remove(*before);
            *before = outcome(transition.to(), *critical);
            counts.add(*before);
            if counts.worst() != now {
                return None;
            }
        }
        let earlier = || transitions[..position].iter().any(|it| it.name() == transition.name());
        counts.remove(*before);
        *before = match (probe, transition.from()) {
            // Liveness does not fail before the first result.
            (Some(Probe::Liveness), Status::Unknown) if !earlier() => Outcome::Degraded,
            (_, from) => outcome(from, *critical),
        };
        counts.add(*before);
        if counts.worst() != now {
            return Some(Since::exactly(transition.at()));
        }
    }
    if !history.has_dropped {
        return past.built_at.map(Since::exactly);
    }
    let oldest = transitions.first().map(|transition| transition.at());
    // Of a component that has not changed in the meantime, the last change is known.
    let contributing = checks.iter().filter(|it| outcome(it.status, it.critical) == now);
    let known = contributing.filter_map(|it| history.component(it.name)?.status_since());
    let known = if now == Outcome::Healthy { None } else { known.min() };
    let at = [oldest, known].into_iter().flatten().min()?;
    Some(Since { at, or_earlier: true })
}

fn outcome(status: Status, critical: bool) -> Outcome {
    match status {
        Status::Healthy => Outcome::Healthy,
        Status::Unknown | Status::Unhealthy if critical => Outcome::Failing,
        _ => Outcome::Degraded,
    }
}
