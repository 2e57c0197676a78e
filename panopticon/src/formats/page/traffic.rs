//! Whether Kubernetes and load balancers send traffic: the probes, judged by their own rules.

use super::facts::{Facts, Past, ProbeFacts};
use super::problems::Problem;
use super::since::{Counted, Since, since};
use crate::check::Probe;

/// A probe as the page shows it.
pub(super) struct ProbeState<'f> {
    pub(super) probe: Probe,
    pub(super) outcome: Outcome,
    pub(super) since: Option<Since>,
    /// The names of the components because of which the probe fails, or is not known.
    pub(super) causes: Vec<&'f str>,
    /// Whether no check answers the probe, so that it passes.
    pub(super) has_no_checks: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Passes,
    /// A startup probe that has passed, and so does not fail again.
    Passed,
    Fails,
    /// Nothing has asked for a result lately.
    NotKnown,
}

impl Outcome {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Passed => "passed",
            Self::Fails => "FAILS",
            Self::NotKnown => "not known",
        }
    }
}

impl ProbeState<'_> {
    /// Returns what Kubernetes and load balancers that ask the probe do because of its outcome.
    pub(super) fn consequence(&self) -> Option<&'static str> {
        match (self.probe, self.outcome) {
            (Probe::Readiness, Outcome::Passes) => Some("new requests come"),
            (Probe::Readiness, Outcome::Fails) => Some("no new requests come"),
            (Probe::Liveness, Outcome::Fails) => Some("about to be restarted"),
            (Probe::Startup, Outcome::Fails) => Some("no requests come yet"),
            _ => None,
        }
    }
}

/// Returns the state of each probe, or nothing if the page does not show them. The causes of a
/// failure are in the order of the problems.
pub(super) fn traffic<'f>(
    facts: &'f Facts<'_>,
    problems: &[Problem<'_, '_>],
) -> Vec<ProbeState<'f>> {
    let position = |name: &str| {
        let position = problems.iter().position(|problem| problem.check.name() == name);
        position.unwrap_or(problems.len())
    };
    let probes = facts.probes.iter().flatten();
    probes
        .map(|probe| {
            let mut state = state(probe, facts);
            state.causes.sort_by_cached_key(|name| position(name));
            state
        })
        .collect()
}

fn state<'f>(facts: &'f ProbeFacts<'_>, page: &Facts<'_>) -> ProbeState<'f> {
    let ProbeFacts { probe, ref checks, .. } = *facts;
    let mut state = ProbeState {
        probe,
        outcome: Outcome::Passes,
        since: None,
        causes: Vec::new(),
        has_no_checks: checks.is_empty(),
    };
    if facts.has_passed {
        return ProbeState { outcome: Outcome::Passed, ..state };
    }
    let drain = page.draining_since.filter(|_| page.is_draining && probe == Probe::Readiness);
    let fails = checks.iter().any(|check| !check.is_outdated && !check.counted.is_healthy());
    let outdated = checks.iter().filter(|check| check.is_outdated && check.critical);
    if fails || drain.is_some() {
        state.outcome = Outcome::Fails;
        let failing = checks.iter().filter(|check| !check.counted.is_healthy());
        let causes = failing.clone().filter(|check| !check.is_skipped);
        state.causes = causes.map(|check| check.name).collect();
        state.since = failing_since(facts, page.past)
            .into_iter()
            .chain(drain.map(Since::exactly))
            .min_by_key(|since| since.at);
        if state.causes.is_empty() {
            state.causes = failing.map(|check| check.name).collect();
        }
    } else if outdated.clone().next().is_some() {
        state.outcome = Outcome::NotKnown;
        state.causes = outdated.map(|check| check.name).collect();
    }
    state
}

/// Returns since when the probe has failed because of its checks, if it does and that is known.
fn failing_since(facts: &ProbeFacts<'_>, past: Past<'_>) -> Option<Since> {
    let counted: Vec<Counted<'_>> = facts
        .checks
        .iter()
        .filter(|check| !check.is_skipped)
        .map(|check| Counted { name: check.name, critical: check.critical, status: check.counted })
        .collect();
    let fails = counted.iter().any(|check| !check.status.is_healthy());
    fails.then(|| since(&counted, Some(facts.probe), past)).flatten()
}
