//! The sentence.

use serde_json::{Value, json};

use super::{Service, ago, component, unhealthy};
use crate::check::Probe;
use crate::formats::page::durations::Span;
use crate::formats::page::facts::{Facts, Subject};
use crate::formats::page::headline::{Headline, State};
use crate::formats::page::problems::problems;
use crate::health::Status::{Healthy, Unhealthy};

/// Returns the sentence as people read it, with its remarks.
fn sentence(facts: &Facts<'_>) -> String {
    let problems = problems(&facts.checks);
    let headline = Headline::new(facts, &problems);
    let since = headline.since.map(|since| {
        let at_least = if since.or_earlier { "at least " } else { "" };
        format!(" for {at_least}{}", Span::between(since.at, facts.now))
    });
    let remarks = headline.remarks.iter().map(|remark| format!("; {remark}"));
    let (word, since) = (headline.state.word(), since.unwrap_or_default());
    format!("{word}{since}: {}{}", headline.reason, remarks.collect::<String>())
}

fn of_report(service: &Service) -> String {
    service.with_facts(Subject::Report, |facts| sentence(&facts))
}

#[test]
fn the_root_cause_is_named_and_what_waits_for_it_is_counted() {
    let skipped = || json!({"checked_at": null});
    let service = Service::new(vec![
        unhealthy("database", json!({})),
        unhealthy("orders", skipped()),
        unhealthy("invoices", skipped()),
        component("disk", json!({})),
    ])
    .transition("database", Healthy, Unhealthy, 240)
    .waits("orders", "database")
    .waits("invoices", "orders");
    assert_eq!(of_report(&service), "UNHEALTHY for 4 min: database (2 more wait for it)");
}

#[test]
fn at_most_three_causes_are_named() {
    let names = ["a", "b", "c", "d", "e"];
    let components = names.map(|name| unhealthy(name, json!({}))).to_vec();
    assert_eq!(of_report(&Service::new(components)), "UNHEALTHY for 1 h: a, b, c and 2 more");
}

#[test]
fn a_state_is_in_words_what_it_is_in_the_report() {
    let unknown = || json!({"status": "unknown", "healthy": false, "checked_at": null});
    let optional = |mut value: Value| {
        value["critical"] = json!(false);
        value
    };
    for (components, expected) in [
        (vec![component("disk", json!({}))], "HEALTHY for 1 h: disk"),
        (
            vec![component("a", json!({})), component("b", json!({}))],
            "HEALTHY for 1 h: all 2 components",
        ),
        (
            vec![component("a", json!({"status": "degraded"})), component("b", json!({}))],
            "DEGRADED for 1 h: a",
        ),
        (
            vec![optional(unhealthy("a", json!({}))), component("b", json!({}))],
            "DEGRADED for 1 h: a (optional)",
        ),
        (vec![component("a", unknown()), component("b", json!({}))], "UNKNOWN for 1 h: a"),
        // What is not critical is no reason to be unhealthy.
        (
            vec![optional(unhealthy("a", json!({}))), unhealthy("b", json!({}))],
            "UNHEALTHY for 1 h: b",
        ),
    ] {
        assert_eq!(of_report(&Service::new(components)), expected);
    }
}

#[test]
fn nothing_checked_is_not_healthy() {
    let service = Service::new(Vec::new());
    let of = |subject, is_built| {
        service.with_facts(subject, |facts| {
            let facts = Facts { is_built, ..facts };
            let problems = problems(&facts.checks);
            assert_eq!(Headline::new(&facts, &problems).state, State::NoChecks);
            sentence(&facts)
        })
    };
    let probe = Subject::Probe(Probe::Startup);
    assert_eq!(of(probe, true), "NO CHECKS: no check answers startup");
    assert_eq!(of(Subject::Report, true), "NO CHECKS: nothing says whether the service is healthy");
    assert_eq!(of(probe, false), "NO CHECKS: the service is still starting");
}

#[test]
fn draining_does_not_hide_what_is_wrong() {
    let of = |service: &Service| {
        service.with_facts(Subject::Report, |facts| {
            let draining_since = Some(ago(12));
            sentence(&Facts { is_draining: true, drain_fails: true, draining_since, ..facts })
        })
    };
    let healthy = Service::new(vec![component("disk", json!({}))]);
    assert_eq!(of(&healthy), "DRAINING for 12 s: about to stop, and gets no new requests");
    let failing = Service::new(vec![unhealthy("disk", json!({}))]);
    assert_eq!(of(&failing), "DRAINING for 12 s: about to stop, and UNHEALTHY: disk");
}

#[test]
fn what_the_state_does_not_show_is_remarked() {
    let damped = json!({"damped": {"status": "unhealthy", "count": 2, "threshold": 3}});
    let overridden = |check: &str| {
        let until = "2026-11-29T04:00:00Z";
        json!({"override": {"status": check, "reason": "maintenance", "until": until}})
    };
    let service = Service::new(vec![
        component("mail", damped),
        component("disk", overridden("unhealthy")),
        component("queue", overridden("healthy")),
    ]);
    assert_eq!(
        of_report(&service),
        "HEALTHY for 1 h: all 3 components; 1 failure does not count yet; 1 check fails but is \
         overridden; 1 check is overridden"
    );
}

#[test]
fn the_page_of_a_component_is_about_it_alone() {
    let of = |service: &Service| service.with_facts(Subject::Component, |facts| sentence(&facts));
    let service = Service::new(vec![unhealthy("search", json!({"critical": false}))])
        .transition("search", Healthy, Unhealthy, 60);
    assert_eq!(of(&service), "UNHEALTHY for 1 min: search");
    let waiting = Service::new(vec![unhealthy("orders", json!({"checked_at": null}))]);
    assert_eq!(of(&waiting.waits("orders", "database")), "UNHEALTHY: orders waits for database");
}
