//! Reads settings from environment variables.

use std::env::VarError;
use std::ffi::OsString;

/// A function that reads an environment variable, like [`std::env::var`].
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Result<String, VarError>;

/// A variable's text, or its value if that is not Unicode.
type Value = Result<String, OsString>;

/// Finds the first of these variables that is set; an empty one counts only if no other is set.
pub(super) fn first_set(
    variables: &'static [&'static str],
    environment: Environment<'_>,
) -> Option<(&'static str, Value)> {
    let mut set = variables.iter().filter_map(|&variable| match environment(variable) {
        Ok(text) => Some((variable, Ok(text))),
        Err(VarError::NotUnicode(value)) => Some((variable, Err(value))),
        Err(VarError::NotPresent) => None,
    });
    let is_empty = |(_, value): &(_, Value)| value.as_deref() == Ok("");
    let first = set.next()?;
    if is_empty(&first) { set.find(|next| !is_empty(next)).or(Some(first)) } else { Some(first) }
}
