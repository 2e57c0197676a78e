//! Gives checks the new names that the builder sets.

use std::sync::Arc;

use super::declaration::Declaration;
use super::problem::{Problem, ProblemKind, lines};
use crate::check::{SourceLocation, name};
use crate::similar_name::suggest;

/// A new name for the check of a function.
pub(crate) struct Rename {
    /// The path of the function.
    pub(crate) function: String,
    pub(crate) name: Arc<str>,
    pub(crate) place: SourceLocation,
}

/// Renames the checks of these functions. What cannot be renamed is added to `problems`.
pub(super) fn apply(
    renames: &[Rename],
    checks: &mut [Box<Declaration>],
    problems: &mut Vec<Problem>,
) {
    for rename in renames {
        if let Err((others, message)) = rename.apply(checks) {
            let Rename { function, name, place } = rename;
            let message = format!("`.rename({function:?}, {name:?})` at {place} {message}");
            let places = [*place].into_iter().chain(others);
            problems.push(Problem::new(ProblemKind::InvalidRename, places, message));
        }
    }
}

impl Rename {
    /// Renames the check. An error has the other places that contribute to the problem, and the end
    /// of its message.
    fn apply(&self, checks: &mut [Box<Declaration>]) -> Result<(), (Vec<SourceLocation>, String)> {
        if name::check_component(&self.name).is_err() {
            let message = format!(
                "must give a valid name, of 1 to {} ASCII letters, digits and `_ . -`, which starts \
                 with a letter and is not reserved, as `{}` are",
                name::MAX_LENGTH,
                name::RESERVED.join("`, `"),
            );
            return Err((Vec::new(), message));
        }
        let found: Vec<usize> = (0..checks.len())
            .filter(|&position| checks[position].has_path(&self.function))
            .collect();
        match found[..] {
            [] => {
                let known = checks.iter().filter_map(|check| check.path());
                let known = suggest("functions", &self.function, known);
                Err((Vec::new(), format!("must name a function with `#[healthcheck]`; {known}")))
            }
            [position] => match checks[position].renamed_at {
                None => {
                    checks[position].name = Arc::clone(&self.name);
                    checks[position].renamed_at = Some(self.place);
                    Ok(())
                }
                Some(first) => {
                    let message = format!(
                        "must not rename a function that is already renamed at {first}; remove one \
                         of the two"
                    );
                    Err((vec![first], message))
                }
            },
            _ => {
                let places: Vec<_> =
                    found.iter().map(|&position| checks[position].location).collect();
                let message = format!(
                    "must name one function, but this is the path of several:{}\n   write \
                     `#[healthcheck(name = \"…\")]` on the one that you mean instead",
                    lines(places.iter().map(|place| format!("at {place}")))
                );
                Err((places, message))
            }
        }
    }
}
