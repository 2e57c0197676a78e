//! Which checks depend on which: found by function or by name, without a circle.

use std::any::TypeId;
use std::collections::HashMap;

use super::Declaration;
use crate::registry::Problem;

/// The positions of the checks that each check depends on; what is wrong goes to `problems`. The
/// checks are given sorted by name.
pub(super) fn of(checks: &[Box<Declaration>], problems: &mut Vec<Problem>) -> Vec<Vec<usize>> {
    if checks.iter().all(|check| is_independent(check)) {
        return vec![Vec::new(); checks.len()];
    }
    let annotated = checks.iter().enumerate();
    let functions: HashMap<TypeId, usize> = annotated
        .filter_map(|(position, check)| Some(((check.annotated?.function)(), position)))
        .collect();
    let dependencies: Vec<Vec<usize>> =
        checks.iter().map(|check| of_one(check, checks, &functions, problems)).collect();
    find_circles(checks, &dependencies, problems);
    dependencies
}

fn is_independent(check: &Declaration) -> bool {
    check.options.depends_on.is_empty()
        && check.annotated.is_none_or(|check| check.depends_on.is_empty())
}

fn of_one(
    check: &Declaration,
    checks: &[Box<Declaration>],
    functions: &HashMap<TypeId, usize>,
    problems: &mut Vec<Problem>,
) -> Vec<usize> {
    let mut positions = Vec::new();
    let by_function = check
        .annotated
        .iter()
        .flat_map(|check| check.depends_on)
        .map(|dependency| (dependency.path, functions.get(&(dependency.function)()).copied()));
    let by_name =
        check.options.depends_on.iter().map(|name| (name.as_str(), position_of(name, checks)));
    for (written, position) in by_function.chain(by_name) {
        match position {
            Some(position) if positions.contains(&position) => {}
            Some(position) => positions.push(position),
            None => problems.push(Problem::UnknownDependency {
                dependency: written.to_owned(),
                name: check.name.to_string(),
                place: check.place,
            }),
        }
    }
    positions
}

fn position_of(name: &str, sorted: &[Box<Declaration>]) -> Option<usize> {
    let position = sorted.partition_point(|check| *check.name < *name);
    sorted.get(position).is_some_and(|check| *check.name == *name).then_some(position)
}

/// Walks the dependencies of each check; one that is met again below itself closes a circle.
fn find_circles(
    checks: &[Box<Declaration>],
    dependencies: &[Vec<usize>],
    problems: &mut Vec<Problem>,
) {
    let mut walked = vec![false; checks.len()];
    let mut path = Vec::new();
    for start in 0..checks.len() {
        walk(start, dependencies, &mut walked, &mut path, &mut |circle| {
            let members = circle.iter().map(|&position| {
                let Declaration { name, place, .. } = &*checks[position];
                (name.to_string(), *place)
            });
            problems.push(Problem::CircularDependency { members: members.collect() });
        });
    }
}

fn walk(
    position: usize,
    dependencies: &[Vec<usize>],
    walked: &mut [bool],
    path: &mut Vec<usize>,
    found: &mut impl FnMut(&[usize]),
) {
    if let Some(start) = path.iter().position(|&above| above == position) {
        found(&path[start..]);
        return;
    }
    if std::mem::replace(&mut walked[position], true) {
        return;
    }
    path.push(position);
    for &dependency in &dependencies[position] {
        walk(dependency, dependencies, walked, path, found);
    }
    path.pop();
}
