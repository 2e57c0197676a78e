//! What is wrong, and in which order.

use serde_json::{Value, json};

use super::{Service, component, unhealthy};
use crate::formats::page::facts::Subject;
use crate::formats::page::problems::problems;
use crate::health::Status::{Healthy, Unhealthy};

/// Returns the names in order, indented under their cause.
fn order(service: &Service) -> Vec<String> {
    service.with_facts(Subject::Report, |facts| {
        let mut names = Vec::new();
        for problem in problems(&facts.checks) {
            problem.visit(0, &mut |problem, depth| {
                names.push(format!("{}{}", "  ".repeat(depth), problem.check.name()));
            });
        }
        names
    })
}

fn optional(mut value: Value) -> Value {
    value["critical"] = json!(false);
    value
}

#[test]
fn the_worst_is_first_and_critical_before_optional() {
    let unknown = || json!({"status": "unknown", "healthy": false});
    let damped = json!({"damped": {"status": "unhealthy", "count": 1, "threshold": 3}});
    let until = "2026-11-29T04:00:00Z";
    let overridden = json!({"override": {"status": "healthy", "reason": "r", "until": until}});
    let service = Service::new(vec![
        component("a_overridden", overridden),
        component("b_not_counted", damped),
        optional(component("c_degraded", json!({"status": "degraded"}))),
        component("d_degraded", json!({"status": "degraded"})),
        optional(component("e_unknown", unknown())),
        optional(unhealthy("f_unhealthy", json!({}))),
        component("g_unknown", unknown()),
        unhealthy("h_unhealthy", json!({})),
        component("i_healthy", json!({})),
        component("j_hung", json!({"hung_since": ["2026-11-29T03:00:00Z"]})),
    ]);
    let expected = [
        "h_unhealthy",
        "g_unknown",
        "f_unhealthy",
        "e_unknown",
        "d_degraded",
        "c_degraded",
        "b_not_counted",
        "a_overridden",
        "j_hung",
    ];
    assert_eq!(order(&service), expected);
}

#[test]
fn what_waits_is_under_its_cause_at_every_depth() {
    let waiting = || json!({"checked_at": null});
    let service = Service::new(vec![
        unhealthy("network", json!({})),
        unhealthy("database", waiting()),
        unhealthy("orders", waiting()),
        unhealthy("invoices", waiting()),
        unhealthy("disk", json!({})),
    ])
    .waits("database", "network")
    .waits("orders", "database")
    .waits("invoices", "database");
    let expected = ["network", "  database", "    invoices", "    orders", "disk"];
    assert_eq!(order(&service), expected);
}

#[test]
fn what_waits_for_something_that_is_not_shown_is_shown_by_itself() {
    let service = Service::new(vec![unhealthy("orders", json!({}))]).waits("orders", "elsewhere");
    assert_eq!(order(&service), ["orders"]);
    assert!(service.page().contains("waits for <b>elsewhere</b>"));
}

/// The service fails because of it, although it is optional itself.
#[test]
fn an_optional_cause_is_as_important_as_what_waits_for_it() {
    let service = Service::new(vec![
        optional(unhealthy("cache", json!({}))),
        unhealthy("sessions", json!({"checked_at": null})),
        component("disk", json!({"status": "unknown", "healthy": false})),
    ])
    .waits("sessions", "cache");
    assert_eq!(order(&service), ["cache", "  sessions", "disk"]);
}

#[test]
fn of_equal_problems_the_oldest_is_first() {
    let service = Service::new(vec![
        unhealthy("a", json!({})),
        unhealthy("b", json!({})),
        unhealthy("c", json!({})),
    ])
    .transition("b", Healthy, Unhealthy, 60)
    .transition("a", Healthy, Unhealthy, 30);
    assert_eq!(order(&service), ["b", "a", "c"]);
}
