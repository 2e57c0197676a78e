//! Gives checks the names that the builder has for them.

use std::sync::Arc;

use super::declaration::Declaration;
use super::problem::{Problem, ProblemKind, lines};
use crate::check::{SourceLocation, name};
use crate::similar_name::suggest;

/// Another name for the check of a function.
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
    /// Renames the check. An error says why it cannot be renamed, and which other places contribute
    /// to that.
    fn apply(&self, checks: &mut [Box<Declaration>]) -> Result<(), (Vec<SourceLocation>, String)> {
        if name::check_component(&self.name).is_err() {
            let message = format!(
                "must give a valid name; a name is 1 to {} ASCII letters, digits and `_ . -`, \
                 starts with a letter, and is none of `{}`, which are reserved",
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
