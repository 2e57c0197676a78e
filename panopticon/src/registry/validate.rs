//! What can be wrong with checks, each by itself or together.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Declaration, Declarations};
use crate::check::CheckOptions;
use crate::check::Probe;
use crate::check::Resources;
use crate::check::duration;
use crate::check::name;
use crate::registry::{OptionRule, Place, Problem, Taker};

impl Declarations {
    /// Applies every rule to the checks, which are sorted by name.
    pub(super) fn validate(&self, resources: &Resources, problems: &mut Vec<Problem>) {
        if self.checks.is_empty() {
            problems.push(Problem::NoHealthChecks);
        }
        find_crates_without_check(self, problems);
        find_duplicate_names(&self.checks, problems);
        find_invalid_options(&self.checks, problems);
        find_missing_resources(&self.checks, resources, problems);
    }
}

fn find_crates_without_check(declarations: &Declarations, problems: &mut Vec<Problem>) {
    let libraries: BTreeSet<&'static str> = declarations
        .checks
        .iter()
        .filter_map(|check| check.origin().filter(|origin| !origin.module.is_program))
        .map(|origin| origin.module.krate())
        .collect();
    let mut missing: Vec<Problem> = declarations
        .listed_crates
        .iter()
        .filter(|listed| !libraries.contains(listed.krate))
        .map(|listed| Problem::CrateWithoutCheck {
            name: listed.name,
            place: Place::from(&listed.origin),
        })
        .collect();
    // The linker's order differs from build to build.
    missing.sort_by_key(ToString::to_string);
    problems.extend(missing);
}

fn find_duplicate_names(sorted: &[Box<Declaration>], problems: &mut Vec<Problem>) {
    for same in sorted.chunk_by(|a, b| a.name == b.name).filter(|same| same.len() > 1) {
        problems.push(Problem::DuplicateName {
            name: same[0].name.to_string(),
            places: same.iter().map(|declaration| declaration.place).collect(),
        });
    }
}

/// The attribute has found these at compile time; closures given to the builder are checked here.
fn find_invalid_options(declarations: &[Box<Declaration>], problems: &mut Vec<Problem>) {
    for declaration in declarations {
        let Declaration { name, place, options, .. } = &**declaration;
        if let Err(rule) = name::check_component(name) {
            problems.push(Problem::Name { rule, name: name.to_string(), place: *place });
        }
        if let Some(Err(rule)) = options.collection.as_deref().map(name::check_collection) {
            problems.push(Problem::CollectionName { rule, name: name.to_string(), place: *place });
        }
        for tag in options.tags.iter().flatten().filter(|tag| !name::is_tag(tag)) {
            problems.push(Problem::Tag { tag: tag.clone(), name: name.to_string(), place: *place });
        }
        problems.extend(broken_rules(options).into_iter().map(|rule| Problem::Option {
            rule,
            name: name.to_string(),
            place: *place,
        }));
    }
}

fn broken_rules(options: &CheckOptions) -> Vec<OptionRule> {
    let CheckOptions { timeout, cache, interval, initial_delay, .. } = *options;
    let is_too_long =
        |option: Option<Duration>| option.is_some_and(|duration| duration > duration::MAX);
    let is_no_timeout =
        |option: Option<Duration>| option.is_some_and(|duration| !duration::is_timeout(duration));
    let mut broken = Vec::new();
    let mut refuse = |is_broken, rule| {
        if is_broken {
            broken.push(rule);
        }
    };
    refuse(is_no_timeout(timeout), OptionRule::Timeout);
    refuse(is_no_timeout(interval), OptionRule::Interval);
    refuse(is_too_long(cache), OptionRule::AtMost { option: "cache" });
    refuse(is_too_long(initial_delay), OptionRule::AtMost { option: "initial_delay" });
    refuse(
        options.failure_threshold == Some(0),
        OptionRule::Threshold { option: "failure_threshold" },
    );
    refuse(
        options.success_threshold == Some(0),
        OptionRule::Threshold { option: "success_threshold" },
    );
    refuse(initial_delay.is_some() && interval.is_none(), OptionRule::InitialDelayWithoutInterval);
    refuse(cache.is_some() && interval.is_some(), OptionRule::CacheAndInterval);
    refuse(
        options.probe == Some(Probe::Liveness) && !options.depends_on.is_empty(),
        OptionRule::LivenessWithDependency,
    );
    broken
}

fn find_missing_resources(
    declarations: &[Box<Declaration>],
    resources: &Resources,
    problems: &mut Vec<Problem>,
) {
    let mut takers_by_type: BTreeMap<_, (_, Vec<Taker>)> = BTreeMap::new();
    for declaration in declarations {
        let Declaration { name, place, annotated, .. } = &**declaration;
        let resources_of_check = annotated.iter().flat_map(|check| check.resources);
        for missing in resources_of_check.filter(|&&resource| !resources.has(resource)) {
            let written = missing.written();
            let taker = Taker { name: name.to_string(), place: *place, written };
            let (_, takers) = takers_by_type
                .entry((missing.name(), missing.id()))
                .or_insert_with(|| (resources.similar_to(*missing), Vec::new()));
            // A function may take one resource twice.
            if !takers.iter().any(|known| known.place == taker.place && known.name == taker.name) {
                takers.push(taker);
            }
        }
    }
    problems.extend(takers_by_type.into_iter().map(|((type_name, _), (similar, takers))| {
        Problem::MissingResource { type_name, takers, similar }
    }));
}
