//! Compares every sequence of results up to a length with a model that looks at all of them again
//! after each one.

use super::{Observation, ReportedStatus};
use crate::check::Thresholds;
use crate::health::Status::{self, Degraded, Healthy, Unhealthy, Unknown};
use crate::report::Damped;

/// An event that can happen to a component.
#[derive(Debug, Clone, Copy)]
enum Event {
    Result(Status),
    ResultAfterGap(Status),
    Forget,
}

const EVENTS: [Event; 7] = [
    Event::Result(Healthy),
    Event::Result(Degraded),
    Event::Result(Unhealthy),
    Event::ResultAfterGap(Healthy),
    Event::ResultAfterGap(Degraded),
    Event::ResultAfterGap(Unhealthy),
    Event::Forget,
];

/// Calls `check` with every sequence of up to `length` events.
fn each_sequence(length: usize, events: &[Event], check: &mut impl FnMut(&[Event])) {
    fn extend(
        sequence: &mut Vec<Event>,
        length: usize,
        events: &[Event],
        check: &mut impl FnMut(&[Event]),
    ) {
        check(sequence);
        if sequence.len() < length {
            for &event in events {
                sequence.push(event);
                extend(sequence, length, events, check);
                sequence.pop();
            }
        }
    }
    extend(&mut Vec::new(), length, events, check);
}

fn thresholds() -> impl Iterator<Item = Thresholds> {
    (1..=3).flat_map(|failure| (1..=3).map(move |success| Thresholds { failure, success }))
}

/// Returns the last `count` results, if there are as many.
fn last(results: &[Status], count: u32) -> Option<&[Status]> {
    results.len().checked_sub(count as usize).map(|start| &results[start..])
}

/// Returns the status after the last of these results, given the one before it.
fn reported(before: Status, results: &[Status], thresholds: Thresholds) -> Status {
    // All of the last results were at least as bad as the best of them, and as good as the worst.
    let best = last(results, thresholds.failure).and_then(|last| last.iter().min());
    let worst = last(results, thresholds.success).and_then(|last| last.iter().max());
    match (best, worst) {
        (Some(&best), _) if best > before => best,
        (_, Some(&worst)) if worst < before => worst,
        _ => before,
    }
}

/// Returns how far the latest result is from counting, if it is not what is reported.
fn damped(reported: Status, results: &[Status], thresholds: Thresholds) -> Option<Damped> {
    let &status = results.last().filter(|&&result| result != reported)?;
    let is_worse = status > reported;
    let is_as_far =
        |result: &&Status| if is_worse { **result >= status } else { **result <= status };
    let in_a_row = results.iter().rev().take_while(is_as_far).count();
    Some(Damped {
        status,
        count: u32::try_from(in_a_row).expect("a short sequence"),
        threshold: if is_worse { thresholds.failure } else { thresholds.success },
    })
}

/// Returns what the model says of the last of these events.
fn model(events: &[Event], thresholds: Thresholds) -> Observation {
    let (mut results, mut status, mut before) = (Vec::new(), Unknown, Unknown);
    for event in events {
        before = status;
        match *event {
            Event::Result(result) => results.push(result),
            Event::ResultAfterGap(result) => (results, status) = (vec![result], Unknown),
            Event::Forget => (results, status) = (Vec::new(), Unknown),
        }
        status = reported(status, &results, thresholds);
    }
    Observation {
        reported: status,
        changed_from: (before != status).then_some(before),
        damped: damped(status, &results, thresholds),
    }
}

fn observe(state: &mut ReportedStatus, event: Event) -> Observation {
    match event {
        Event::Result(result) => state.observe(result),
        Event::ResultAfterGap(result) => state.observe_after_gap(result),
        Event::Forget => state.forget(),
    }
}

/// Returns the effect of the last event.
fn last_observation(events: &[Event], thresholds: Thresholds) -> Option<Observation> {
    let mut state = ReportedStatus::new(thresholds);
    events.iter().map(|&event| observe(&mut state, event)).last()
}

#[test]
fn statuses_and_transitions_match_the_model() {
    for thresholds in thresholds() {
        // Without gaps, longer sequences can be checked.
        for (length, events) in [(5, &EVENTS[..]), (8, &EVENTS[..3])] {
            each_sequence(length, events, &mut |events| {
                if let Some(observation) = last_observation(events, thresholds) {
                    let expected = model(events, thresholds);
                    assert_eq!(observation, expected, "{thresholds:?} {events:?}");
                }
            });
        }
    }
}

#[test]
fn no_status_is_healthy_without_a_healthy_result() {
    for thresholds in thresholds() {
        each_sequence(5, &EVENTS, &mut |events| {
            let mut state = ReportedStatus::new(thresholds);
            let mut has_succeeded = false;
            for &event in events {
                let observation = observe(&mut state, event);
                has_succeeded = match event {
                    Event::Result(result) => has_succeeded || result.is_healthy(),
                    Event::ResultAfterGap(result) => result.is_healthy(),
                    Event::Forget => false,
                };
                assert!(has_succeeded || !observation.reported.is_healthy(), "{events:?}");
            }
        });
    }
}

/// Returns the status after each result.
fn statuses(failure: u32, success: u32, results: &[Status]) -> Vec<Status> {
    let mut state = ReportedStatus::new(Thresholds { failure, success });
    results.iter().map(|&result| state.observe(result).reported).collect()
}

#[test]
fn results_in_turn_change_nothing() {
    for (one, other) in [(Healthy, Degraded), (Degraded, Unhealthy), (Healthy, Unhealthy)] {
        let mut state = ReportedStatus::new(Thresholds { failure: 3, success: 3 });
        for _ in 0..3 {
            state.observe(one);
        }
        for result in [other, one].repeat(10) {
            let observation = state.observe(result);
            assert_eq!((observation.reported, observation.changed_from), (one, None));
        }
    }
}

#[test]
fn results_that_are_bad_enough_together_make_it_as_bad_as_the_best_of_them() {
    let results = [Healthy, Unhealthy, Degraded, Unhealthy, Unhealthy, Unhealthy];
    let expected = [Healthy, Healthy, Healthy, Degraded, Degraded, Unhealthy];
    assert_eq!(statuses(3, 1, &results), expected);
}

#[test]
fn results_that_are_good_enough_together_make_it_as_good_as_the_worst_of_them() {
    let results = [Unhealthy, Healthy, Degraded, Healthy, Healthy, Healthy];
    let expected = [Unhealthy, Unhealthy, Unhealthy, Degraded, Degraded, Healthy];
    assert_eq!(statuses(1, 3, &results), expected);
}

#[test]
fn an_unknown_status_becomes_known_by_the_threshold_of_the_kind() {
    assert_eq!(statuses(2, 3, &[Unhealthy, Unhealthy]), [Unknown, Unhealthy]);
    assert_eq!(statuses(2, 3, &[Degraded, Degraded, Degraded]), [Unknown, Unknown, Degraded]);
    assert_eq!(statuses(2, 2, &[Healthy, Degraded]), [Unknown, Degraded]);
    assert_eq!(statuses(2, 2, &[Unhealthy, Healthy].repeat(5)), [Unknown; 10]);
}

#[test]
fn a_result_after_a_gap_counts_alone_and_is_one_change() {
    let mut state = ReportedStatus::new(Thresholds { failure: 2, success: 1 });
    state.observe(Healthy);
    state.observe(Unhealthy);
    let observation = state.observe_after_gap(Unhealthy);
    assert_eq!(
        (observation.reported, observation.changed_from, observation.damped),
        (Unknown, Some(Healthy), Some(Damped { status: Unhealthy, count: 1, threshold: 2 }))
    );
    let observation = state.observe_after_gap(Healthy);
    assert_eq!((observation.reported, observation.changed_from), (Healthy, Some(Unknown)));
    assert_eq!(state.observe_after_gap(Healthy).changed_from, None);
}

#[test]
fn streaks_of_any_length_are_counted() {
    let mut state = ReportedStatus::new(Thresholds { failure: u32::MAX, success: 1 });
    state.observe(Healthy);
    state.streaks.degraded_or_worse = u32::MAX - 2;
    state.streaks.unhealthy = u32::MAX - 2;
    assert_eq!(state.observe(Unhealthy).reported, Healthy);
    for _ in 0..3 {
        assert_eq!(state.observe(Unhealthy).reported, Unhealthy);
    }
}
