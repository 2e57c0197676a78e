//! The dependencies between checks: found by function or by name, and free of circles.

use std::any::TypeId;
use std::collections::HashMap;

use super::declaration::Declaration;
use super::problem::{Problem, ProblemKind, lines};

/// Returns the indexes of the checks that each check depends on. The checks are sorted by name.
pub(super) fn find(checks: &[Box<Declaration>], problems: &mut Vec<Problem>) -> Vec<Vec<usize>> {
    if checks.iter().all(|check| is_independent(check)) {
        return vec![Vec::new(); checks.len()];
    }
    let functions: HashMap<TypeId, usize> = checks
        .iter()
        .enumerate()
        .filter_map(|(index, check)| Some(((check.annotated?.function_id)(), index)))
        .collect();
    let dependencies: Vec<Vec<usize>> =
        checks.iter().map(|check| of_check(check, checks, &functions, problems)).collect();
    find_circles(checks, &dependencies, problems);
    dependencies
}

fn is_independent(check: &Declaration) -> bool {
    check.options.dependencies().is_empty()
        && check.annotated.is_none_or(|check| check.depends_on.is_empty())
}

fn of_check(
    check: &Declaration,
    checks: &[Box<Declaration>],
    functions: &HashMap<TypeId, usize>,
    problems: &mut Vec<Problem>,
) -> Vec<usize> {
    let mut indexes = Vec::new();
    let mut add = |written: &str, index: Option<usize>, fix: &str| match index {
        Some(index) if indexes.contains(&index) => {}
        Some(index) => indexes.push(index),
        None => {
            let message =
                format!("{check} depends on `{written}`, which is not a health check; {fix}");
            problems.push(Problem::new(ProblemKind::UnknownDependency, [check.location], message));
        }
    };
    for dependency in check.annotated.iter().flat_map(|check| check.depends_on) {
        let index = functions.get(&(dependency.function_id)()).copied();
        let fix = "annotate it with `#[healthcheck]`, or depend on another function";
        add(dependency.path, index, fix);
    }
    for name in check.options.dependencies() {
        let index = checks.binary_search_by(|check| (*check.name).cmp(name)).ok();
        add(name, index, "add a check of this name, or depend on another one");
    }
    indexes
}

/// Walks the dependencies of each check; a check that is reached again from itself closes a circle.
fn find_circles(
    checks: &[Box<Declaration>],
    dependencies: &[Vec<usize>],
    problems: &mut Vec<Problem>,
) {
    let mut walked = vec![false; checks.len()];
    let mut path = Vec::new();
    for start in 0..checks.len() {
        walk(start, dependencies, &mut walked, &mut path, &mut |circle| {
            let members = circle.iter().map(|&index| &checks[index]);
            let message = format!(
                "health checks depend on each other in a circle:{}\n   each depends on the one \
                 below it, and the last on the first; remove one `depends_on`",
                lines(members.clone())
            );
            let locations = members.map(|check| check.location);
            problems.push(Problem::new(ProblemKind::CircularDependency, locations, message));
        });
    }
}

fn walk(
    index: usize,
    dependencies: &[Vec<usize>],
    walked: &mut [bool],
    path: &mut Vec<usize>,
    found: &mut impl FnMut(&[usize]),
) {
    if let Some(start) = path.iter().position(|&above| above == index) {
        found(&path[start..]);
        return;
    }
    if std::mem::replace(&mut walked[index], true) {
        return;
    }
    path.push(index);
    for &dependency in &dependencies[index] {
        walk(dependency, dependencies, walked, path, found);
    }
    path.pop();
}
