//! Environment variables: how they are read, and which ones are the platform's.

use std::env::VarError;
use std::ffi::OsString;

/// Reads an environment variable, as [`std::env::var`] does; tests have their own.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Result<String, VarError>;

/// The beginnings of the variables that only this library reads. All others, such as `DD_TAGS`,
/// `NO_PROXY` or `DATADOG_HOST`, which Datadog's Python client reads, are the platform's: they are
/// set for every program on a machine, by people who need not know what this library accepts.
const OURS: [&str; 3] = ["PANOPTICON_", "DATADOG_STATS_", "DATADOG_DEFAULT_TAGS"];

/// A variable that is set.
pub(super) struct Variable {
    pub(super) name: &'static str,
    /// The value, which may not be Unicode.
    value: Result<String, OsString>,
}

impl Variable {
    /// Returns whether only this library reads it, and not the platform.
    pub(super) fn is_ours(&self) -> bool {
        OURS.iter().any(|beginning| self.name.starts_with(beginning))
    }

    /// Returns the text to parse, if it is Unicode. White space around a platform variable is left
    /// out, since files and templates often add it.
    pub(super) fn text(&self) -> Option<&str> {
        let text = self.value.as_deref().ok()?;
        Some(if self.is_ours() { text } else { text.trim() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text() == Some("")
    }

    /// Returns the value as errors show it.
    pub(super) fn shown(&self) -> String {
        match &self.value {
            Ok(text) => format!("{text:?}"),
            Err(value) => format!("{value:?}"),
        }
    }
}

/// Returns the variables that are not empty, or else the first one that is set.
pub(super) fn set_variables(names: &[&'static str], environment: Environment<'_>) -> Vec<Variable> {
    let variable = |&name: &&'static str| {
        let value = match environment(name) {
            Ok(text) => Ok(text),
            Err(VarError::NotUnicode(value)) => Err(value),
            Err(VarError::NotPresent) => return None,
        };
        Some(Variable { name, value })
    };
    let mut set: Vec<_> = names.iter().filter_map(variable).collect();
    if set.iter().all(Variable::is_empty) {
        set.truncate(1);
    } else {
        set.retain(|variable| !variable.is_empty());
    }
    set
}
