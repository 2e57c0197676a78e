//! One setting: the builder's value over the environment's over the default.

use std::fmt::{self, Debug};

use super::environment::{Environment, Variable, set_variables};
use super::warning::SettingWarning;

/// A setting's names, the values it accepts and its default.
pub(crate) struct Setting<T> {
    /// The method of the builder.
    pub(crate) method: &'static str,
    /// The environment variables. The first one that is set is used, but an empty one does not hide
    /// the next, nor does a platform variable that cannot be used.
    pub(crate) variables: &'static [&'static str],
    /// The accepted values, for errors.
    pub(crate) accepted: &'static str,
    /// Parses a variable's text.
    pub(crate) read: fn(&str) -> Option<T>,
    /// Returns an acceptable value, from either source, in its normal form.
    pub(crate) accept: fn(T) -> Option<T>,
    pub(crate) default: fn() -> T,
    /// How a variable's text is written, unless `accepted` says it.
    pub(crate) syntax: Option<&'static str>,
    /// Whether errors must not show the value.
    pub(crate) is_secret: bool,
}

/// A setting with a value that is not accepted.
#[derive(Debug)]
pub(crate) struct InvalidSetting {
    source: String,
    value: String,
    accepted: String,
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, value, accepted } = self;
        write!(f, "{source} must not be {value}; it takes {accepted}")
    }
}

/// The problems that were found while settings were settled.
#[derive(Debug, Default)]
pub(crate) struct SettingProblems {
    /// Values of the builder and of our own variables, which are errors.
    pub(crate) invalid: Vec<InvalidSetting>,
    /// Values of the platform's variables, which are skipped.
    pub(crate) warnings: Vec<SettingWarning>,
}

impl<T: Debug + Clone> Setting<T> {
    /// Returns the value in effect. One that is not accepted is added to `problems`; if it comes
    /// from the builder or one of our own variables, the default is returned.
    pub(crate) fn settle(
        &self,
        given: Option<T>,
        environment: Environment<'_>,
        problems: &mut SettingProblems,
    ) -> T {
        if let Some(given) = given {
            let value = shown(&given);
            return (self.accept)(given).unwrap_or_else(|| {
                let source = format!("the builder's `{}`", self.method);
                problems.invalid.push(self.invalid(source, value, self.accepted.to_owned()));
                (self.default)()
            });
        }
        for variable in set_variables(self.variables, environment) {
            if let Some(value) = variable.text().and_then(self.read).and_then(self.accept) {
                return value;
            }
            if variable.is_ours() {
                let source = format!("the environment variable `{}`", variable.name);
                let accepted = self.accepted_of(&variable);
                problems.invalid.push(self.invalid(source, variable.shown(), accepted));
                break;
            }
            problems.warnings.push(self.skipped(&variable));
        }
        (self.default)()
    }

    fn invalid(&self, source: String, value: String, accepted: String) -> InvalidSetting {
        InvalidSetting { source, value: self.veiled(value), accepted }
    }

    /// Returns what the variable accepts.
    fn accepted_of(&self, variable: &Variable) -> String {
        let syntax = self.syntax.map(|syntax| format!(", written as {syntax}"));
        let unset = match variable.text() {
            Some("") => "; an empty value is not the default, so remove the variable for that",
            _ => "",
        };
        format!("{}{}{unset}", self.accepted, syntax.unwrap_or_default())
    }

    fn skipped(&self, variable: &Variable) -> SettingWarning {
        let (value, accepted) = (self.veiled(variable.shown()), self.accepted_of(variable));
        let problem = format!("is skipped, since it must not be {value}; it takes {accepted}");
        SettingWarning::new(variable.name, problem)
    }

    fn veiled(&self, value: String) -> String {
        if self.is_secret {
            "the value given (not shown, since it may be a secret)".to_owned()
        } else {
            value
        }
    }
}

/// Returns a value that the builder was given as errors show it. One of an optional setting is in a
/// `Some`, which the user did not write.
fn shown(given: &impl Debug) -> String {
    let value = format!("{given:?}");
    match value.strip_prefix("Some(").and_then(|inside| inside.strip_suffix(')')) {
        Some(inside) => inside.to_owned(),
        None => value,
    }
}
