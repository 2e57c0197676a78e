//! Compares every sequence of results up to a length with a model that knows all results at once.

use super::ReportedStatus;
use crate::check::Thresholds;
use crate::health::Status::{self, Degraded, Healthy, Unhealthy, Unknown};
use crate::report::Damped;

/// An event that can happen to a component.
#[derive(Debug, Clone, Copy)]
enum Event {
    Result(Status),
    Forget,
}

const EVENTS: [Event; 4] =
    [Event::Result(Healthy), Event::Result(Degraded), Event::Result(Unhealthy), Event::Forget];
const LENGTH: u32 = 7;

/// Returns the status according to the model: among the results since they were last forgotten, the
/// latest that completes enough of its kind in a row decides the kind; the latest result of that
/// kind is reported.
fn reported(results: &[Status], thresholds: Thresholds) -> Status {
    let is_decisive = |&end: &usize| {
        let kind = results[end].is_healthy();
        let in_a_row = results[..=end].iter().rev().take_while(|r| r.is_healthy() == kind).count();
        in_a_row >= threshold(kind, thresholds) as usize
    };
    let Some(decisive) = (0..results.len()).rev().find(is_decisive) else { return Unknown };
    let kind = results[decisive].is_healthy();
    *results.iter().rev().find(|result| result.is_healthy() == kind).expect("the decisive one")
}

fn threshold(kind: bool, thresholds: Thresholds) -> u32 {
    if kind { thresholds.success } else { thresholds.failure }
}

/// Returns how far the latest result is from counting, if the reported status is not of its kind.
fn damped(results: &[Status], thresholds: Thresholds) -> Option<Damped> {
    let &status = results.last()?;
    let kind = status.is_healthy();
    let reported = reported(results, thresholds);
    if reported != Unknown && reported.is_healthy() == kind {
        return None;
    }
    let in_a_row = results.iter().rev().take_while(|r| r.is_healthy() == kind).count();
    let count = u32::try_from(in_a_row).expect("a short sequence");
    Some(Damped { status, count, threshold: threshold(kind, thresholds) })
}

fn sequences() -> impl Iterator<Item = Vec<Event>> {
    let base = EVENTS.len();
    (0..base.pow(LENGTH)).map(move |number| {
        (0..LENGTH).map(|digit| EVENTS[number / base.pow(digit) % base]).collect()
    })
}

#[test]
fn statuses_and_transitions_match_the_model() {
    for (failure, success) in (1..=3).flat_map(|failure| (1..=3).map(move |s| (failure, s))) {
        let thresholds = Thresholds { failure, success };
        for events in sequences() {
            let mut state = ReportedStatus::new(thresholds);
            let (mut results, mut before) = (Vec::new(), Unknown);
            for event in &events {
                let observation = match event {
                    Event::Result(result) => {
                        results.push(*result);
                        state.observe(*result)
                    }
                    Event::Forget => {
                        results.clear();
                        state.forget()
                    }
                };
                let expected = reported(&results, thresholds);
                let context = || format!("{thresholds:?} {events:?} {results:?}");
                assert_eq!(observation.reported, expected, "{}", context());
                // One transition if the status differs, none if it does not.
                let changed_from = (before != expected).then_some(before);
                assert_eq!(observation.changed_from, changed_from, "{}", context());
                assert_eq!(observation.damped, damped(&results, thresholds), "{}", context());
                before = expected;
            }
        }
    }
}

#[test]
fn no_status_is_healthy_without_a_healthy_result() {
    for events in sequences() {
        let mut state = ReportedStatus::new(Thresholds { failure: 3, success: 1 });
        let mut has_succeeded = false;
        for event in events {
            let observation = match event {
                Event::Result(result) => {
                    has_succeeded |= result.is_healthy();
                    state.observe(result)
                }
                Event::Forget => {
                    has_succeeded = false;
                    state.forget()
                }
            };
            assert!(has_succeeded || !observation.reported.is_healthy());
        }
    }
}

#[test]
fn streaks_of_any_length_are_counted() {
    let mut state = ReportedStatus::new(Thresholds { failure: u32::MAX, success: 1 });
    state.observe(Healthy);
    state.streak = (false, u32::MAX - 2);
    assert_eq!(state.observe(Unhealthy).reported, Healthy);
    for _ in 0..3 {
        assert_eq!(state.observe(Unhealthy).reported, Unhealthy);
    }
}
