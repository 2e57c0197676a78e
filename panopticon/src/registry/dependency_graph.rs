//! The dependencies between checks: found by function or by name, and free of cycles.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};
use std::slice;

use super::declaration::Declaration;
use super::left_out::LeftOut;
use super::problem::{Problem, ProblemKind, lines};
use crate::escaped::Escaped;

/// The maximum number of checks that the message about a cycle shows.
const MAX_SHOWN: usize = 20;

/// The dependencies between checks, which are identified by their positions.
pub(super) struct DependencyGraph {
    /// The checks that each check depends on.
    pub(super) dependencies: Vec<Vec<usize>>,
    /// All checks, each after those that it depends on, unless there is a cycle.
    pub(super) order: Vec<usize>,
    /// For each check that is left out, the checks that depend on it.
    pub(super) dependents_of_left_out: Vec<Vec<usize>>,
}

/// Returns the dependencies between checks. Both these and those left out are sorted by name.
///
/// Also finds the problems of those left out, unless they are switched off: one that lacks a
/// resource here has it where the service runs with other settings.
pub(super) fn find(
    checks: &[Box<Declaration>],
    left_out: &[LeftOut],
    problems: &mut Vec<Problem>,
) -> DependencyGraph {
    let mut dependents_of_left_out = vec![Vec::new(); left_out.len()];
    let of_left_out = left_out.iter().map(|left_out| &left_out.check);
    let all: Vec<&Declaration> = checks.iter().chain(of_left_out).map(|check| &**check).collect();
    if all.iter().all(|check| is_independent(check)) {
        let dependencies = vec![Vec::new(); checks.len()];
        let order = (0..checks.len()).collect();
        return DependencyGraph { dependencies, order, dependents_of_left_out };
    }
    let declared = Declared::new(all, checks.len());
    let is_left_out = |position: usize| position.checked_sub(checks.len());
    let mut dependencies: Vec<Vec<usize>> = Vec::new();
    for (position, check) in declared.all.iter().enumerate() {
        let is_switched_off = is_left_out(position).is_some_and(|it| left_out[it].is_switched_off);
        dependencies.push(if is_switched_off {
            Vec::new()
        } else {
            declared.dependencies(check, problems)
        });
    }
    let mut order = sort(&dependencies, |cycle| problems.push(cycle_problem(&declared.all, cycle)));
    order.retain(|&position| is_left_out(position).is_none());
    dependencies.truncate(checks.len());
    for (dependent, dependencies) in dependencies.iter_mut().enumerate() {
        dependencies.retain(|&position| match is_left_out(position) {
            Some(left_out) => {
                dependents_of_left_out[left_out].push(dependent);
                false
            }
            None => true,
        });
    }
    DependencyGraph { dependencies, order, dependents_of_left_out }
}

fn is_independent(check: &Declaration) -> bool {
    check.options.dependencies().is_empty()
        && check.annotated.is_none_or(|check| check.depends_on.is_empty())
}

/// Everything that a check can depend on, identified by its position.
struct Declared<'a> {
    /// The checks, and then those left out.
    all: Vec<&'a Declaration>,
    number_of_checks: usize,
    functions: HashMap<TypeId, usize>,
}

impl<'a> Declared<'a> {
    fn new(all: Vec<&'a Declaration>, number_of_checks: usize) -> Self {
        let functions = all
            .iter()
            .enumerate()
            .filter_map(|(position, check)| Some(((check.annotated?.function_id)(), position)))
            .collect();
        Self { all, number_of_checks, functions }
    }

    /// Returns what a check depends on, in the order in which it declares them.
    fn dependencies(&self, check: &Declaration, problems: &mut Vec<Problem>) -> Vec<usize> {
        let (mut positions, mut known) = (Vec::new(), HashSet::new());
        let mut add = |written: &str, position: Option<usize>, fix: &str| {
            positions.extend(position.filter(|&position| known.insert(position)));
            if position.is_none() {
                let message = format!(
                    "{check} depends on `{}`, which is not a health check; {fix}",
                    Escaped(written)
                );
                let places = [check.location];
                problems.push(Problem::new(ProblemKind::UnknownDependency, places, message));
            }
        };
        for dependency in check.annotated.iter().flat_map(|check| check.depends_on) {
            let position = self.functions.get(&(dependency.function_id)()).copied();
            let fix = "annotate it with `#[healthcheck]`, or depend on another function";
            add(dependency.path, position, fix);
        }
        for name in check.options.dependencies() {
            add(name, self.named(name), "add a check of this name, or depend on another one");
        }
        positions
    }

    fn named(&self, name: &str) -> Option<usize> {
        let (checks, left_out) = self.all.split_at(self.number_of_checks);
        let find =
            |sorted: &[&Declaration]| sorted.binary_search_by(|check| (*check.name).cmp(name)).ok();
        find(checks).or_else(|| Some(self.number_of_checks + find(left_out)?))
    }
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

/// Returns all checks, each after those that it depends on. Passes each cycle to `found`: a part of
/// a path that leads back to its beginning.
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

/// Returns the problem of a cycle. If it is long, shows its beginning and its last check.
fn cycle_problem(checks: &[&Declaration], cycle: &[Step<'_>]) -> Problem {
    let check = |step: &Step<'_>| checks[step.index];
    let (beginning, end) = match cycle {
        [beginning @ .., last] if cycle.len() > MAX_SHOWN => {
            (&beginning[..MAX_SHOWN - 1], slice::from_ref(last))
        }
        _ => (cycle, &[][..]),
    };
    let mut shown = lines(beginning.iter().map(check));
    if !end.is_empty() {
        let more = format!("… {} more …", cycle.len() - MAX_SHOWN);
        shown += &lines([more]);
        shown += &lines(end.iter().map(check));
    }
    let message = format!(
        "health checks depend on each other in a cycle:{shown}\n   each depends on the one below \
         it, and the last on the first; remove one `depends_on`"
    );
    let locations = beginning.iter().chain(end).map(|step| check(step).location);
    Problem::new(ProblemKind::CircularDependency, locations, message)
}
