//! Variables that are set but not used.

use std::fmt;

use crate::escaped::Escaped;

/// A variable of the environment that is set but not used, or not all of it. Its `Display` says why,
/// and what would be accepted; it shows no secret.
///
/// These are values of the platform that this library cannot use, such as `DD_TAGS=team:`, and
/// variables that begin with `PANOPTICON_` and are no setting. Neither stops a service. From
/// [`Panopticon::setting_warnings`](crate::Panopticon::setting_warnings) and, for statistics,
/// `Stats::setting_warnings`.
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
            target: "panopticon",
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
