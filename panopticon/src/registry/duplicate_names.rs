//! Finds health checks that have the same name.

use super::declaration::Declaration;
use super::problem::{Problem, ProblemKind, lines};

/// Finds them among the checks, which are sorted by name.
pub(super) fn find(sorted: &[Box<Declaration>], problems: &mut Vec<Problem>) {
    for same in sorted.chunk_by(|a, b| a.name == b.name).filter(|same| same.len() > 1) {
        let locations = same.iter().map(|check| check.location);
        let message = format!(
            "{} health checks are named `{}`:{}\n   rename all but one of the functions, or write \
             `#[healthcheck(name = \"…\")]`",
            same.len(),
            same[0].name,
            lines(locations.clone().map(|location| format!("at {location}")))
        );
        problems.push(Problem::new(ProblemKind::DuplicateName, locations, message));
    }
}
