//! The strip of results and the line of response times.

use maud::Render;
use serde_json::json;

use super::{Service, ago, component};
use crate::formats::page::facts::Subject;
use crate::formats::page::results_chart::{Line, Strip};
use crate::health::Status::{self, Degraded, Healthy, Unhealthy};

fn with_results<T>(
    results: &[(Status, u64)],
    test: impl FnOnce(&[crate::events::PastResult]) -> T,
) -> T {
    let service = Service::new(vec![component("a", json!({}))]).results("a", results);
    service.with_facts(Subject::Report, |facts| test(facts.checks[0].results()))
}

/// Returns the strip without what all strips have in common.
fn strip(results: &[(Status, u64)]) -> String {
    let svg = with_results(results, |results| Strip(results).render().into_string());
    let svg = svg.strip_prefix("<svg role=\"img\" aria-label=\"").unwrap();
    svg.strip_suffix("</svg>")
        .unwrap()
        .replace("<path d=", "\n\"healthy\" d=")
        .replace("<path class=", "\n")
        .replace("/>", "")
}

fn line(results: &[(Status, u64)]) -> String {
    let svg = with_results(results, |results| Line(results).render().into_string());
    let svg = svg.strip_prefix("<svg aria-hidden=\"true\"><path d=\"").unwrap();
    svg.strip_suffix("\"/></svg>").unwrap().to_owned()
}

#[test]
fn equal_results_in_a_row_are_one_line() {
    let mut results = vec![(Healthy, 1); 60];
    assert_eq!(strip(&results), "last 60 results: 60 healthy\">\n\"healthy\" d=\"M0 13h179\"");
    results[20..23].fill((Unhealthy, 1));
    results[30] = (Degraded, 1);
    results[59] = (Unhealthy, 1);
    assert_eq!(
        strip(&results),
        "last 60 results: 4 unhealthy, 1 degraded, 55 healthy\">\n\
         \"healthy\" d=\"M0 13h59M69 13h20M93 13h83\"\n\
         \"degraded\" d=\"M90 11h2\"\n\
         \"unhealthy\" d=\"M60 8h8M177 8h2\""
    );
}

#[test]
fn fewer_results_are_at_the_right() {
    assert_eq!(
        strip(&[(Healthy, 1), (Unhealthy, 1)]),
        "last 2 results: 1 unhealthy, 1 healthy\">\n\"none\" d=\"M0 15h173\"\n\
         \"healthy\" d=\"M174 13h2\"\n\"unhealthy\" d=\"M177 8h2\""
    );
    assert!(strip(&[(Healthy, 1)]).starts_with("1 result: 1 healthy\""));
    assert_eq!(strip(&[]), "no results yet\">\n\"none\" d=\"M0 15h179\"");
}

#[test]
fn a_point_of_the_line_is_the_longest_of_three_response_times() {
    let of = |times: &[u64]| line(&times.iter().map(|&time| (Healthy, time)).collect::<Vec<_>>());
    assert_eq!(of(&[10, 20, 20, 5, 0, 10]), "M170 1l9 7");
    // The first group is the smaller one.
    assert_eq!(of(&[20, 0, 0, 10, 20, 20, 0]), "M161 1l9 7l9-7");
    assert_eq!(of(&[0; 4]), "M170 15h9");
    assert_eq!(of(&[]), "");
}

#[test]
fn the_usual_response_time_is_the_median_of_healthy_results() {
    let usual = |results: &[(Status, u64)]| {
        let service = Service::new(vec![component("a", json!({}))]).results("a", results);
        service.with_facts(Subject::Report, |facts| {
            facts.checks[0].usual_response_time().map(|time| time.as_millis())
        })
    };
    assert_eq!(usual(&[(Healthy, 12), (Healthy, 11), (Unhealthy, 2000), (Healthy, 900)]), Some(12));
    // Two are not enough to call anything usual.
    assert_eq!(usual(&[(Healthy, 12), (Healthy, 11), (Unhealthy, 2000)]), None);
}

#[test]
fn a_streak_begins_with_the_first_of_its_results() {
    let results = [(Unhealthy, 1), (Healthy, 1), (Unhealthy, 1), (Unhealthy, 1)];
    let service = Service::new(vec![component("a", json!({}))]).results("a", &results);
    service.with_facts(Subject::Report, |facts| {
        assert_eq!(facts.checks[0].streak_since(), Some(ago(3)));
    });
}
