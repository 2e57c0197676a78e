//! The strip of results and the line of response times.

use super::{Service, ago, component};
use crate::formats::page::facts::Subject;
use crate::formats::page::results_chart::{Bars, Line, NoBars, Summary};
use crate::health::Status::{self, Degraded, Healthy, Unhealthy};
use serde_json::json;

fn with_results<T>(
    results: &[(Status, u64)],
    test: impl FnOnce(&[crate::events::PastResult]) -> T,
) -> T {
    let service = Service::new(vec![component("a", json!({}))]).results("a", results);
    service.with_facts(Subject::Report, |facts| test(facts.checks[0].results()))
}

#[test]
fn equal_results_in_a_row_are_one_line() {
    let mut results = vec![(Healthy, 1); 60];
    with_results(&results, |results| {
        let bars = |status| Bars { results, status }.to_string();
        assert_eq!((bars(Healthy), bars(Unhealthy)), ("M0 13h179".to_owned(), String::new()));
        assert!(!Bars { results, status: Unhealthy }.exist());
        assert_eq!(NoBars(results).to_string(), "");
    });
    results[20..23].fill((Unhealthy, 1));
    results[30] = (Degraded, 1);
    results[59] = (Unhealthy, 1);
    with_results(&results, |results| {
        let bars = |status| Bars { results, status }.to_string();
        assert_eq!(bars(Healthy), "M0 13h59M69 13h20M93 13h83");
        assert_eq!(bars(Unhealthy), "M60 8h8M177 8h2");
        assert_eq!(bars(Degraded), "M90 11h2");
        assert_eq!(
            Summary(results).to_string(),
            "last 60 results: 4 unhealthy, 1 degraded, 55 healthy"
        );
    });
}

#[test]
fn fewer_results_are_at_the_right() {
    with_results(&[(Healthy, 1), (Unhealthy, 1)], |results| {
        assert_eq!(Bars { results, status: Healthy }.to_string(), "M174 13h2");
        assert_eq!(Bars { results, status: Unhealthy }.to_string(), "M177 8h2");
        assert_eq!(NoBars(results).to_string(), "M0 15h173");
    });
    with_results(&[], |results| {
        assert_eq!(NoBars(results).to_string(), "M0 15h179");
        assert_eq!(Summary(results).to_string(), "no results yet");
    });
    with_results(&[(Healthy, 1)], |results| {
        assert_eq!(Summary(results).to_string(), "1 result: 1 healthy");
    });
}

#[test]
fn a_point_of_the_line_is_the_longest_of_three_response_times() {
    let times =
        [(Healthy, 10), (Healthy, 20), (Healthy, 20), (Healthy, 5), (Healthy, 0), (Healthy, 10)];
    with_results(&times, |results| {
        assert_eq!(Line(results).to_string(), "M170 1l9 7");
    });
    with_results(&[(Healthy, 0); 4], |results| {
        assert_eq!(Line(results).to_string(), "M170 15h9");
    });
    with_results(&[], |results| assert_eq!(Line(results).to_string(), ""));
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
