//! Finds listed crates without a health check, and services without one.

use std::collections::BTreeSet;

use super::declaration::Declarations;
use super::problem::{Problem, ProblemKind};

pub(super) fn find(declarations: &Declarations, problems: &mut Vec<Problem>) {
    if declarations.checks.is_empty() {
        let message = if declarations.is_discovered {
            "there is no health check; annotate a function with `#[healthcheck]`, and list the \
             crate that it is in with `panopticon::discover!` in this binary, because the linker \
             drops a crate that nothing refers to"
        } else {
            "there is no health check; add one with `.check(…)`, or begin with \
             `Panopticon::builder()`, which finds the functions annotated with `#[healthcheck]`"
        };
        problems.push(Problem::new(ProblemKind::NoHealthChecks, [], message));
    }
    let libraries: BTreeSet<&'static str> = declarations
        .checks
        .iter()
        .filter_map(|check| check.origin().filter(|origin| !origin.module.is_program))
        .map(|origin| origin.module.krate())
        .collect();
    let mut unused: Vec<_> = declarations
        .listed_crates
        .iter()
        .filter(|listed| !libraries.contains(listed.krate))
        .map(|listed| (listed.name, listed.origin.location()))
        .collect();
    // The linker's order differs from build to build.
    unused.sort_unstable();
    problems.extend(unused.into_iter().map(|(name, location)| {
        let message = format!(
            "crate `{name}`, which `discover!` lists at {location}, has no health check; annotate \
             a function in it with `#[healthcheck]`, or remove it from the list"
        );
        Problem::new(ProblemKind::CrateWithoutHealthChecks, [location], message)
    }));
}
