//! The error of `build()`.

use std::error::Error;
use std::fmt;

use super::problem::Problem;
use crate::numbered_list::write_numbered_list;

/// Everything that is wrong with the health checks or the settings, from
/// [`Builder::build`](crate::Builder::build).
///
/// Its `Display` lists the problems, each with `file:line` and how to fix it. `Debug` shows the
/// same, because that is what you see if `main` returns the error. Programs use
/// [`problems`](Self::problems).
///
/// ```
/// use panopticon::{CheckOptions, Panopticon, ProblemKind};
///
/// let error = Panopticon::empty()
///     .check("disk", CheckOptions::new().depends_on("raid"), || async {})
///     .build()
///     .unwrap_err();
/// let problem = &error.problems()[0];
/// assert_eq!(problem.kind(), ProblemKind::UnknownDependency);
/// println!("{}: {problem}", problem.places()[0]);
/// ```
pub struct BuildError {
    problems: Vec<Problem>,
}

impl BuildError {
    /// Fails if there is a problem.
    pub(crate) fn check(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }

    /// Returns the problems, of which there is at least one.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl From<Problem> for BuildError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl Error for BuildError {}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_numbered_list(f, "the health report cannot be served", &self.problems)
    }
}
