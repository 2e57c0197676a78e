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
pub(super) fn find(
    checks: &[Box<Declaration>],
    left_out: &[LeftOut],
    problems: &mut Vec<Problem>,
) -> DependencyGraph {
    let mut dependents_of_left_out = vec![Vec::new(); left_out.len()];
    if checks.iter().all(|check| is_independent(check)) {
        let dependencies = vec![Vec::new(); checks.len()];
        let order = (0..checks.len()).collect();
        return DependencyGraph { dependencies, order, dependents_of_left_out };
    }
    let targets = Targets::new(checks, left_out);
    let dependencies = checks.iter().enumerate().map(|(position, check)| {
        let (mut indexes, mut known) = (Vec::new(), HashSet::new());
        for target in targets.of_check(check, problems) {
            match target {
                Target::Check(index) if known.insert(index) => indexes.push(index),
                Target::Check(_) => {}
                Target::LeftOut(index) => dependents_of_left_out[index].push(position),
            }
        }
        indexes
    });
    let dependencies: Vec<Vec<usize>> = dependencies.collect();
    for dependents in &mut dependents_of_left_out {
        dependents.dedup();
    }
    let order = sort(&dependencies, |cycle| problems.push(cycle_problem(checks, cycle)));
    DependencyGraph { dependencies, order, dependents_of_left_out }
}

fn is_independent(check: &Declaration) -> bool {
    check.options.dependencies().is_empty()
        && check.annotated.is_none_or(|check| check.depends_on.is_empty())
}

/// The check that a dependency refers to, by its position.
#[derive(Clone, Copy)]
enum Target {
    Check(usize),
    LeftOut(usize),
}

/// Everything that a check can depend on.
struct Targets<'a> {
    checks: &'a [Box<Declaration>],
    left_out: &'a [LeftOut],
    functions: HashMap<TypeId, Target>,
}

impl<'a> Targets<'a> {
    fn new(checks: &'a [Box<Declaration>], left_out: &'a [LeftOut]) -> Self {
        let function = |check: &Declaration| check.annotated.map(|check| (check.function_id)());
        let of_checks = checks
            .iter()
            .enumerate()
            .filter_map(|(index, check)| Some((function(check)?, Target::Check(index))));
        let of_left_out = left_out.iter().enumerate().filter_map(|(index, left_out)| {
            Some((function(&left_out.check)?, Target::LeftOut(index)))
        });
        Self { checks, left_out, functions: of_checks.chain(of_left_out).collect() }
    }

    /// Returns what a check depends on, possibly with duplicates.
    fn of_check(&self, check: &Declaration, problems: &mut Vec<Problem>) -> Vec<Target> {
        let mut targets = Vec::new();
        let mut add = |written: &str, target: Option<Target>, fix: &str| {
            targets.extend(target);
            if target.is_none() {
                let message = format!(
                    "{check} depends on `{}`, which is not a health check; {fix}",
                    Escaped(written)
                );
                let places = [check.location];
                problems.push(Problem::new(ProblemKind::UnknownDependency, places, message));
            }
        };
        for dependency in check.annotated.iter().flat_map(|check| check.depends_on) {
            let target = self.functions.get(&(dependency.function_id)()).copied();
            let fix = "annotate it with `#[healthcheck]`, or depend on another function";
            add(dependency.path, target, fix);
        }
        for name in check.options.dependencies() {
            add(name, self.named(name), "add a check of this name, or depend on another one");
        }
        targets
    }

    fn named(&self, name: &str) -> Option<Target> {
        let checks = self.checks.binary_search_by(|check| (*check.name).cmp(name));
        let left_out =
            || self.left_out.binary_search_by(|left_out| (*left_out.check.name).cmp(name));
        checks.map(Target::Check).or_else(|_| left_out().map(Target::LeftOut)).ok()
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
fn cycle_problem(checks: &[Box<Declaration>], cycle: &[Step<'_>]) -> Problem {
    let check = |step: &Step<'_>| &checks[step.index];
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
