//! Since when a report has been what it is.

use super::{Service, ago};
use crate::check::Probe;
use crate::events::History;
use crate::formats::page::facts::Past;
use crate::formats::page::since::{Counted, Since, since};
use crate::health::Status::{self, Degraded, Healthy, Unhealthy, Unknown};
use crate::report::Disclosure;

const CRITICAL: bool = true;
const OPTIONAL: bool = false;

fn of(service: &Service, probe: Option<Probe>, checks: &[(&str, bool, Status)]) -> Since {
    let history: &History = &service.history;
    let built_at = Some(ago(3600));
    let past = Past { history: Some(history), disclosure: Disclosure::Full, built_at };
    let counted = |&(name, critical, status)| Counted { name, critical, status };
    since(&checks.iter().map(counted).collect::<Vec<_>>(), probe, past).unwrap()
}

fn exactly(seconds_ago: i64) -> Since {
    Since::exactly(ago(seconds_ago))
}

#[test]
fn failures_that_overlap_are_one() {
    let service = Service::new(Vec::new())
        .transition("a", Unknown, Healthy, 3000)
        .transition("b", Unknown, Healthy, 3000)
        .transition("a", Healthy, Unhealthy, 600)
        .transition("b", Healthy, Unhealthy, 500)
        .transition("a", Unhealthy, Healthy, 400);
    let now = [("a", CRITICAL, Healthy), ("b", CRITICAL, Unhealthy)];
    assert_eq!(of(&service, None, &now), exactly(600));
}

#[test]
fn failures_that_do_not_overlap_are_two() {
    let service = Service::new(Vec::new())
        .transition("a", Healthy, Unhealthy, 600)
        .transition("a", Unhealthy, Healthy, 500)
        .transition("b", Healthy, Unhealthy, 400);
    let now = [("a", CRITICAL, Healthy), ("b", CRITICAL, Unhealthy)];
    assert_eq!(of(&service, None, &now), exactly(400));
}

#[test]
fn unknown_and_unhealthy_are_one_failure() {
    let service = Service::new(Vec::new())
        .transition("a", Healthy, Unknown, 600)
        .transition("a", Unknown, Unhealthy, 500);
    assert_eq!(of(&service, None, &[("a", CRITICAL, Unhealthy)]), exactly(600));
}

#[test]
fn optional_components_only_degrade() {
    let service = Service::new(Vec::new())
        .transition("a", Healthy, Unhealthy, 600)
        .transition("b", Healthy, Degraded, 500)
        .transition("b", Degraded, Unhealthy, 400);
    let now = [("a", OPTIONAL, Unhealthy), ("b", CRITICAL, Unhealthy)];
    assert_eq!(of(&service, None, &now), exactly(400));
    let degraded = [("a", OPTIONAL, Unhealthy), ("b", OPTIONAL, Unhealthy)];
    assert_eq!(of(&service, None, &degraded), exactly(600));
}

#[test]
fn others_do_not_matter() {
    let service = Service::new(Vec::new()).transition("a", Healthy, Unhealthy, 600).transition(
        "elsewhere",
        Unhealthy,
        Healthy,
        500,
    );
    assert_eq!(of(&service, None, &[("a", CRITICAL, Unhealthy)]), exactly(600));
}

/// Until the first result, a component is unknown, which fails a report.
#[test]
fn a_failure_since_the_start_began_with_the_service() {
    let service = Service::new(Vec::new()).transition("a", Unknown, Unhealthy, 3500);
    let now = [("a", CRITICAL, Unhealthy)];
    assert_eq!(of(&service, None, &now), exactly(3600));
    // Liveness does not fail before the first result.
    assert_eq!(of(&service, Some(Probe::Liveness), &now), exactly(3500));
    assert_eq!(of(&Service::new(Vec::new()), None, &[("a", CRITICAL, Unknown)]), exactly(3600));
}

/// Results that stopped coming do fail liveness.
#[test]
fn liveness_fails_while_a_result_is_too_old() {
    let service = Service::new(Vec::new())
        .transition("a", Unknown, Healthy, 3500)
        .transition("a", Healthy, Unknown, 600)
        .transition("a", Unknown, Unhealthy, 500);
    let now = [("a", CRITICAL, Unhealthy)];
    assert_eq!(of(&service, Some(Probe::Liveness), &now), exactly(600));
}

#[test]
fn what_is_no_longer_recorded_is_not_claimed() {
    let mut service = Service::new(Vec::new()).transition("a", Healthy, Unhealthy, 3000);
    for number in 0..i64::try_from(History::MAX_TRANSITIONS).unwrap() {
        let (from, to) = if number % 2 == 0 { (Healthy, Degraded) } else { (Degraded, Healthy) };
        service = service.transition("noisy", from, to, 900 - number);
    }
    assert_eq!(of(&service, None, &[("a", CRITICAL, Unhealthy)]), exactly(3000));
    service.history.transitions.remove(0);
    service.history.has_dropped = true;
    // Since when `a` has its status is known even without its transition, which might not be the
    // beginning, since another one may have failed before.
    let now = [("a", CRITICAL, Unhealthy), ("noisy", OPTIONAL, Healthy)];
    assert_eq!(of(&service, None, &now), Since { at: ago(3000), or_earlier: true });
    service.history.components.retain(|component| component.name() != "a");
    assert_eq!(of(&service, None, &now), Since { at: ago(900), or_earlier: true });
}

#[test]
fn without_a_history_nothing_is_claimed() {
    let past = Past { history: None, disclosure: Disclosure::Full, built_at: Some(ago(9)) };
    let unhealthy = Counted { name: "a", critical: CRITICAL, status: Unhealthy };
    assert_eq!(since(&[unhealthy], None, past), None);
}
