//! The dependencies between checks: found by function or by name, and free of circles.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};
use std::slice;

use super::declaration::Declaration;
use super::problem::{Problem, ProblemKind, lines};
use crate::escaped::Escaped;

/// The maximum number of checks that the message about a circle shows.
const MAX_SHOWN: usize = 20;

/// The dependencies between checks, which are identified by their positions.
pub(super) struct DependencyGraph {
    /// The checks that each check depends on.
    pub(super) dependencies: Vec<Vec<usize>>,
    /// All checks, each after those that it depends on, unless there is a circle.
    pub(super) order: Vec<usize>,
}

/// Returns the dependencies between checks, which are sorted by name.
pub(super) fn find(checks: &[Box<Declaration>], problems: &mut Vec<Problem>) -> DependencyGraph {
    if checks.iter().all(|check| is_independent(check)) {
        let dependencies = vec![Vec::new(); checks.len()];
        return DependencyGraph { dependencies, order: (0..checks.len()).collect() };
    }
    let functions: HashMap<TypeId, usize> = checks
        .iter()
        .enumerate()
        .filter_map(|(index, check)| Some(((check.annotated?.function_id)(), index)))
        .collect();
    let dependencies: Vec<Vec<usize>> =
        checks.iter().map(|check| of_check(check, checks, &functions, problems)).collect();
    let order = sort(&dependencies, |circle| problems.push(circle_problem(checks, circle)));
    DependencyGraph { dependencies, order }
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
    let (mut indexes, mut known) = (Vec::new(), HashSet::new());
    let mut add = |written: &str, index: Option<usize>, fix: &str| match index {
        Some(index) if known.insert(index) => indexes.push(index),
        Some(_) => {}
        None => {
            let message = format!(
                "{check} depends on `{}`, which is not a health check; {fix}",
                Escaped(written)
            );
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

/// The progress of the walk along the dependencies of one check.
#[derive(Clone, Copy)]
enum Progress {
    NotReached,
    /// Its dependencies are being walked; it is at this position on the path.
    OnPath(usize),
    Done,
}

/// A check on the path that is being walked, and those of its dependencies that are left.
struct Step<'a> {
    index: usize,
    left: slice::Iter<'a, usize>,
}

/// Returns all checks, each after those that it depends on. Passes each circle to `found`: a part
/// of a path that leads back to its beginning.
///
/// A path may contain every check, so this does not recurse.
fn sort(dependencies: &[Vec<usize>], mut found: impl FnMut(&[Step<'_>])) -> Vec<usize> {
    let mut progress = vec![Progress::NotReached; dependencies.len()];
    let mut order = Vec::with_capacity(dependencies.len());
    let mut path: Vec<Step<'_>> = Vec::new();
    for start in 0..dependencies.len() {
        let mut reached = Some(start);
        loop {
            match reached.map(|index| (index, progress[index])) {
                Some((index, Progress::NotReached)) => {
                    progress[index] = Progress::OnPath(path.len());
                    path.push(Step { index, left: dependencies[index].iter() });
                }
                Some((_, Progress::OnPath(position))) => found(&path[position..]),
                Some((_, Progress::Done)) | None => {}
            }
            let Some(Step { index, left }) = path.last_mut() else { break };
            reached = left.next().copied();
            if reached.is_none() {
                progress[*index] = Progress::Done;
                order.push(*index);
                path.pop();
            }
        }
    }
    order
}

/// Returns the problem of a circle. If it is long, shows its beginning and its last check.
fn circle_problem(checks: &[Box<Declaration>], circle: &[Step<'_>]) -> Problem {
    let check = |step: &Step<'_>| &checks[step.index];
    let (beginning, end) = match circle {
        [beginning @ .., last] if circle.len() > MAX_SHOWN => {
            (&beginning[..MAX_SHOWN - 1], slice::from_ref(last))
        }
        _ => (circle, &[][..]),
    };
    let mut shown = lines(beginning.iter().map(check));
    if !end.is_empty() {
        let more = format!("… {} more …", circle.len() - MAX_SHOWN);
        shown += &lines([more]);
        shown += &lines(end.iter().map(check));
    }
    let message = format!(
        "health checks depend on each other in a circle:{shown}\n   each depends on the one below \
         it, and the last on the first; remove one `depends_on`"
    );
    let locations = beginning.iter().chain(end).map(|step| check(step).location);
    Problem::new(ProblemKind::CircularDependency, locations, message)
}
