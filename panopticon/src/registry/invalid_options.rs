//! Finds names and options that break a rule. The macros reject these at compile time, so only
//! closures can have them.

use std::time::Duration;

use super::declaration::Declaration;
use super::problem::{Problem, ProblemKind};
use crate::check::{CheckOptions, Probe, duration, name};

pub(super) fn find(checks: &[Box<Declaration>], problems: &mut Vec<Problem>) {
    for check in checks {
        let mut refuse = |kind, message| {
            problems.push(Problem::new(kind, [check.location], message));
        };
        if let Err(rule) = name::check_component(&check.name) {
            refuse(ProblemKind::InvalidName, format!("{check} must {rule}"));
        }
        if let Some(Err(rule)) = check.options.collection_name().map(name::check_collection) {
            refuse(ProblemKind::InvalidName, format!("the collection of {check} must {rule}"));
        }
        for tag in check.options.tags().iter().flatten().filter(|tag| !name::is_tag(tag)) {
            let message = format!(
                "{check} must not have the tag {tag:?}; a tag is 1 to {} ASCII letters, digits \
                 and `_ . - : /`",
                name::MAX_LENGTH
            );
            refuse(ProblemKind::InvalidOption, message);
        }
        for rule in broken_rules(&check.options) {
            refuse(ProblemKind::InvalidOption, format!("{check} must {rule}"));
        }
    }
}

/// Returns the rules that the options break, each as the end of "health check … must".
fn broken_rules(options: &CheckOptions) -> impl Iterator<Item = &'static str> {
    let CheckOptions { timeout, cache, interval, initial_delay, .. } = *options;
    let is_too_long =
        |option: Option<Duration>| option.is_some_and(|duration| duration > duration::MAX);
    let is_no_timeout =
        |option: Option<Duration>| option.is_some_and(|duration| !duration::is_timeout(duration));
    let rules = [
        (is_no_timeout(timeout), "have a `timeout` of more than zero and at most 30 days"),
        (is_no_timeout(interval), "have an `interval` of more than zero and at most 30 days"),
        (is_too_long(cache), "have a `cache` of at most 30 days"),
        (is_too_long(initial_delay), "have an `initial_delay` of at most 30 days"),
        (options.failure_threshold == Some(0), "have a `failure_threshold` of at least 1"),
        (options.success_threshold == Some(0), "have a `success_threshold` of at least 1"),
        (
            initial_delay.is_some() && interval.is_none(),
            "have an `interval` if it has an `initial_delay`; without one it runs when a report \
             needs it",
        ),
        (
            cache.is_some() && interval.is_some(),
            "not have both `cache` and `interval`; a report always reads the last result of a \
             check with an interval",
        ),
        (
            options.probe == Some(Probe::Liveness) && !options.dependencies().is_empty(),
            "not depend on other checks, since it is a liveness check; while they are unhealthy, \
             every replica would be restarted",
        ),
    ];
    rules.into_iter().filter_map(|(is_broken, rule)| is_broken.then_some(rule))
}
