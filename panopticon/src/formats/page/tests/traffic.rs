//! The probes.

use serde_json::json;

use super::{Service, ago, component};
use crate::check::Probe;
use crate::formats::page::facts::{Facts, ProbeCheck, ProbeFacts, Subject};
use crate::formats::page::problems::problems;
use crate::formats::page::since::Since;
use crate::formats::page::traffic::{Outcome, ProbeState, traffic};
use crate::health::Status::{self, Degraded, Healthy, Unhealthy, Unknown};

fn check(name: &str, counted: Status) -> ProbeCheck<'_> {
    ProbeCheck { name, critical: true, counted, is_outdated: false, is_skipped: false }
}

/// Returns the outcome, the seconds since when, and the causes.
fn state(
    probe: Probe,
    checks: Vec<ProbeCheck<'_>>,
    change: impl FnOnce(&mut Facts<'_>),
) -> (Outcome, Option<Since>, Vec<String>) {
    let service =
        Service::new(vec![component("a", json!({}))]).transition("a", Healthy, Unhealthy, 60);
    service.with_facts(Subject::Report, |facts| {
        let mut facts = facts;
        let probes = vec![ProbeFacts { probe, has_passed: false, checks }];
        change(&mut facts);
        let has_passed = facts.probes.is_some();
        let probes = probes.into_iter().map(|it| ProbeFacts { has_passed, ..it }).collect();
        let facts = Facts { probes: Some(probes), ..facts };
        let probes = traffic(&facts, &problems(&facts.checks));
        let [ProbeState { outcome, since, causes, .. }] = &probes[..] else { panic!() };
        (*outcome, *since, causes.iter().map(|name| (*name).to_owned()).collect())
    })
}

const NONE: Vec<String> = Vec::new();

#[test]
fn a_probe_fails_with_a_critical_component() {
    let checks = vec![check("a", Unhealthy), check("b", Degraded)];
    let since = Some(Since::exactly(ago(60)));
    let expected = (Outcome::Fails, since, vec!["a".to_owned()]);
    assert_eq!(state(Probe::Readiness, checks, |_| ()), expected);
    let passes = vec![check("a", Healthy), check("b", Degraded)];
    assert_eq!(state(Probe::Readiness, passes, |_| ()), (Outcome::Passes, None, NONE));
    assert_eq!(state(Probe::Liveness, Vec::new(), |_| ()), (Outcome::Passes, None, NONE));
}

#[test]
fn draining_fails_readiness_alone() {
    let drain = |facts: &mut Facts<'_>| {
        facts.is_draining = true;
        facts.draining_since = Some(ago(5));
    };
    for probe in Probe::ALL {
        let (outcome, since, _) = state(probe, vec![check("a", Healthy)], drain);
        let expected = match probe {
            Probe::Readiness => (Outcome::Fails, Some(Since::exactly(ago(5)))),
            Probe::Liveness | Probe::Startup => (Outcome::Passes, None),
        };
        assert_eq!((outcome, since), expected, "{probe}");
    }
    // It has failed before.
    let (outcome, since, causes) = state(Probe::Readiness, vec![check("a", Unhealthy)], drain);
    let expected = (Outcome::Fails, Some(Since::exactly(ago(60))), vec!["a".to_owned()]);
    assert_eq!((outcome, since, causes), expected);
}

#[test]
fn old_results_are_no_evidence() {
    let outdated = || ProbeCheck { is_outdated: true, ..check("b", Unknown) };
    let (outcome, since, causes) =
        state(Probe::Readiness, vec![check("c", Healthy), outdated()], |_| ());
    assert_eq!((outcome, since, causes), (Outcome::NotKnown, None, vec!["b".to_owned()]));
    let (outcome, ..) = state(Probe::Readiness, vec![check("a", Unhealthy), outdated()], |_| ());
    assert_eq!(outcome, Outcome::Fails);
}

#[test]
fn startup_that_has_passed_does_not_fail_again() {
    let passed = |facts: &mut Facts<'_>| facts.probes = Some(Vec::new());
    let (outcome, ..) = state(Probe::Startup, vec![check("a", Unhealthy)], passed);
    assert_eq!(outcome, Outcome::Passed);
}

#[test]
fn the_cause_is_named_rather_than_what_waits_for_it() {
    let skipped = |name| ProbeCheck { is_skipped: true, ..check(name, Unhealthy) };
    let (_, since, causes) =
        state(Probe::Readiness, vec![check("a", Unhealthy), skipped("b")], |_| ());
    assert_eq!((since, causes), (Some(Since::exactly(ago(60))), vec!["a".to_owned()]));
    // The cause is not part of this probe.
    let (outcome, since, causes) = state(Probe::Readiness, vec![skipped("b")], |_| ());
    assert_eq!((outcome, since, causes), (Outcome::Fails, None, vec!["b".to_owned()]));
}

#[test]
fn causes_are_in_the_order_of_the_problems() {
    let service = Service::new(vec![
        super::unhealthy("a", json!({"critical": false})),
        super::unhealthy("b", json!({})),
    ]);
    let causes = service.with_facts(Subject::Report, |facts| {
        let checks = vec![check("a", Unhealthy), check("b", Unhealthy)];
        let probes = Some(vec![ProbeFacts { probe: Probe::Readiness, has_passed: false, checks }]);
        let facts = Facts { probes, ..facts };
        let states = traffic(&facts, &problems(&facts.checks));
        states[0].causes.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()
    });
    assert_eq!(causes, ["b", "a"]);
}
