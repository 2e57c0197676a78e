//! Environment variables that are set but not used.

use std::fmt;

use crate::escaped::Escaped;

/// A warning about an environment variable that is set but not used, or only in part; from
/// [`Panopticon::setting_warnings`](crate::Panopticon::setting_warnings) and, for statistics,
/// `Stats::setting_warnings`. `Display` says why, and what would be accepted, without any secret.
///
/// The variable either is the platform's and has a value that this library cannot use, such as
/// `DD_TAGS=team:`, or begins with `PANOPTICON_` and is unknown. Neither stops a service.
///
/// With the feature `tracing`, each is also logged at `warn`, with the target `panopticon`; that of
/// a proxy once in a process, when the first request needs one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingWarning {
    variable: String,
    problem: String,
}

impl SettingWarning {
    /// Creates a warning whose `problem` follows the name of the variable.
    pub(crate) fn new(variable: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { variable: variable.into(), problem: problem.into() }
    }

    /// Returns the name of the variable.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }

    pub(crate) fn log(&self) {
        #[cfg(feature = "tracing")]
        tracing::warn!(
            target: crate::log_target::LOG_TARGET,
            variable = %Escaped(&self.variable),
            problem = %Escaped(&self.problem),
            "an environment variable is not used"
        );
        #[cfg(not(feature = "tracing"))]
        let _ = self;
    }
}

impl fmt::Display for SettingWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (variable, problem) = (Escaped(&self.variable), Escaped(&self.problem));
        write!(f, "the environment variable `{variable}` {problem}")
    }
}
