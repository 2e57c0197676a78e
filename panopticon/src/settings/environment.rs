//! Reads and parses environment variables.

use std::env::VarError;

/// Reads an environment variable, as [`std::env::var`] does; tests have their own.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Result<String, VarError>;

/// A variable that is set.
pub(super) struct Variable<T> {
    pub(super) name: &'static str,
    /// The value as errors show it.
    pub(super) shown: String,
    /// The value, unless it cannot be parsed.
    pub(super) parsed: Option<T>,
}

/// Parses the first of these variables that is set. An empty one counts only if no other is set.
pub(super) fn parse_first_set<T>(
    names: &[&'static str],
    environment: Environment<'_>,
    parse: fn(&str) -> Option<T>,
) -> Option<Variable<T>> {
    let set = || names.iter().map(|&name| (name, environment(name)));
    let is_set = |(_, value): &(_, Result<String, VarError>)| *value != Err(VarError::NotPresent);
    let has_content = |(_, value): &(_, Result<String, _>)| value.as_deref() != Ok("");
    let found =
        set().find(|found| is_set(found) && has_content(found)).or_else(|| set().find(is_set));
    let (name, value) = found?;
    Some(match value {
        Ok(text) => Variable { name, shown: format!("{text:?}"), parsed: parse(&text) },
        Err(VarError::NotUnicode(value)) => {
            Variable { name, shown: format!("{value:?}"), parsed: None }
        }
        Err(VarError::NotPresent) => return None,
    })
}
