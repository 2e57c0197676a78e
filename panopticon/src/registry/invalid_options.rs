//! Finds names and options that break a rule, and checks that could not do what they say. The macros reject these at compile time, so only
//! closures can have them, and functions that inherit a contradicting option from their collection.

use std::time::Duration;

use super::collections::{Collections, NearestOptions};
use super::declaration::Declaration;
use super::problem::{Problem, ProblemKind};
use crate::check::{CheckOptions, Probe, duration, name};
use crate::escaped::Escaped;

pub(super) fn find<'a>(
    checks: impl IntoIterator<Item = &'a Declaration>,
    collections: &Collections,
    problems: &mut Vec<Problem>,
) {
    for check in checks {
        let mut refuse = |kind, message| {
            problems.push(Problem::new(kind, [check.location], message));
        };
        if let Err(rule) = name::check_component(&check.name) {
            let message = match check.builder_method {
                Some(method) => {
                    format!("{check} must {}; pass another one to `.{method}(…)`", rule.rule())
                }
                None => format!("{check} must {rule}"),
            };
            refuse(ProblemKind::InvalidName, message);
        }
        if let Some(Err(rule)) = check.options.collection_name().map(name::check_collection) {
            let message = format!(
                "the collection of {check} must {}; pass another one to `.collection(…)`",
                rule.rule()
            );
            refuse(ProblemKind::InvalidName, message);
        }
        for tag in check.options.tags().iter().flatten().filter(|tag| !name::is_tag(tag)) {
            let message = format!(
                "{check} must not have the tag {tag:?}; a tag is 1 to {} ASCII letters, digits \
                 and `_ . - : /`; pass another one to `.tag(…)`",
                name::MAX_LENGTH
            );
            refuse(ProblemKind::InvalidOption, message);
        }
        for mistake in &check.mistakes {
            refuse(ProblemKind::InvalidCheck, format!("{check} cannot work: {}", Escaped(mistake)));
        }
        let own = broken_rules(&check.options);
        for rule in own.chain(broken_rules_of_nearest(check, &collections.nearest(check))) {
            refuse(ProblemKind::InvalidOption, format!("{check} must {rule}"));
        }
    }
}

/// Returns the rules that a check's own options break, each as the end of "health check … must".
fn broken_rules(options: &CheckOptions) -> impl Iterator<Item = &'static str> + use<> {
    let CheckOptions { timeout, cache, interval, initial_delay, retry_interval, .. } = *options;
    let is_too_long =
        |option: Option<Duration>| option.is_some_and(|duration| duration > duration::MAX);
    let is_no_timeout =
        |option: Option<Duration>| option.is_some_and(|duration| !duration::is_timeout(duration));
    let rules = [
        (is_no_timeout(timeout), "have a `timeout` of more than zero and at most 30 days"),
        (is_no_timeout(interval), "have an `interval` of more than zero and at most 30 days"),
        (is_too_long(cache), "have a `cache` of at most 30 days"),
        (is_too_long(initial_delay), "have an `initial_delay` of at most 30 days"),
        (
            is_no_timeout(retry_interval),
            "have a `retry_interval` of more than zero and at most 30 days",
        ),
        (options.failure_threshold == Some(0), "have a `failure_threshold` of at least 1"),
        (options.success_threshold == Some(0), "have a `success_threshold` of at least 1"),
        (
            initial_delay.is_some() && interval.is_none(),
            "have an `interval` if it has an `initial_delay`; without one it runs when a report \
             needs it",
        ),
        (
            retry_interval.is_some() && interval.is_none(),
            "have an `interval` if it has a `retry_interval`; without one it runs when a report \
             needs it",
        ),
        (
            cache.is_some() && interval.is_some(),
            "not have both `cache` and `interval`; a report always reads the last result of a \
             check with an interval",
        ),
        (
            options.no_probe && !options.probes.is_empty(),
            "not set both `no_probe` and a probe; a check with `no_probe` is only in the whole \
             report",
        ),
    ];
    rules.into_iter().filter_map(|(is_broken, rule)| is_broken.then_some(rule))
}

/// Returns the rules that are broken by options of which some may be inherited.
fn broken_rules_of_nearest(
    check: &Declaration,
    nearest: &NearestOptions<'_>,
) -> impl Iterator<Item = &'static str> + use<> {
    let probes = nearest.option(CheckOptions::answered_probes);
    let is_liveness = probes.is_some_and(|probes| probes.contains(Probe::Liveness));
    let has_dependency = !check.options.dependencies().is_empty()
        || check.annotated.is_some_and(|check| !check.depends_on.is_empty());
    let takes_resource = check.annotated.is_some_and(|check| !check.resources.is_empty());
    let interval = nearest.option(|options| options.interval);
    let retry_interval = nearest.option(|options| options.retry_interval);
    let is_retried_later =
        interval.zip(retry_interval).is_some_and(|(interval, retry)| retry >= interval);
    let rules = [
        (
            is_liveness && has_dependency,
            "not depend on other checks, since it is a liveness check, by its own options or its \
             collection's; while they are unhealthy, every replica would be restarted",
        ),
        (
            is_liveness && takes_resource,
            "not take a resource, since its collection makes it a liveness check, and a restart \
             does not fix the resource; give it a probe of its own, such as `readiness`, or check \
             something that only a restart can fix, without resources",
        ),
        (
            is_retried_later,
            "have a `retry_interval` that is shorter than its `interval`; set a shorter one, which \
             also replaces that of its collection",
        ),
    ];
    rules.into_iter().filter_map(|(is_broken, rule)| is_broken.then_some(rule))
}
