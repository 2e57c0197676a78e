//! Which checks depend on which: found by function or by name, without a circle.

use super::Declaration;
use crate::build_error::Problem;

/// The positions of the checks that each check depends on; what is wrong goes to `problems`.
pub(super) fn of(checks: &[Declaration], problems: &mut Vec<Problem>) -> Vec<Vec<usize>> {
    let dependencies: Vec<Vec<usize>> =
        checks.iter().map(|check| of_one(check, checks, problems)).collect();
    find_circles(checks, &dependencies, problems);
    dependencies
}

fn of_one(check: &Declaration, checks: &[Declaration], problems: &mut Vec<Problem>) -> Vec<usize> {
    let mut positions = Vec::new();
    let by_function = check.depends_on.iter().map(|dependency| {
        let function = Some((dependency.function)());
        (dependency.path, checks.iter().position(|other| other.function == function))
    });
    let by_name = check
        .options
        .depends_on
        .iter()
        .map(|name| (name.as_str(), checks.iter().position(|other| other.name == *name)));
    for (written, position) in by_function.chain(by_name) {
        match position {
            Some(position) if positions.contains(&position) => {}
            Some(position) => positions.push(position),
            None => problems.push(Problem::UnknownDependency {
                dependency: written.to_owned(),
                name: check.name.clone(),
                place: check.place,
            }),
        }
    }
    positions
}

/// Walks the dependencies of each check; one that is met again below itself closes a circle.
fn find_circles(checks: &[Declaration], dependencies: &[Vec<usize>], problems: &mut Vec<Problem>) {
    let mut walked = vec![false; checks.len()];
    let mut path = Vec::new();
    for start in 0..checks.len() {
        walk(start, dependencies, &mut walked, &mut path, &mut |circle| {
            let members = circle.iter().map(|&position| {
                let Declaration { name, place, .. } = &checks[position];
                (name.clone(), *place)
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
