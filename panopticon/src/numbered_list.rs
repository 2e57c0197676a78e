//! The numbered list in which errors show several problems.

use std::fmt;

/// Writes the consequence, the number of problems, and each problem on a line of its own.
pub(crate) fn write_numbered_list(
    f: &mut fmt::Formatter<'_>,
    consequence: &str,
    problems: &[impl fmt::Display],
) -> fmt::Result {
    let count = problems.len();
    let plural = if count == 1 { "" } else { "s" };
    write!(f, "{consequence}: {count} problem{plural}")?;
    for (index, problem) in problems.iter().enumerate() {
        write!(f, "\n{}. {problem}", index + 1)?;
    }
    Ok(())
}
