//! One setting: the builder's value over the environment's over the default.

use std::fmt;

use super::environment::{Environment, Variable, set_variables};
use super::value::{SettingValue, may_have_password};
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
    /// Whether errors must not show the value. They show none that may have a password.
    pub(crate) is_secret: bool,
}

/// A setting with a value that is not accepted.
#[derive(Debug)]
pub(crate) struct InvalidSetting {
    pub(super) source: String,
    pub(super) objection: String,
    pub(super) accepted: String,
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, objection, accepted } = self;
        write!(f, "{source} {objection}; it takes {accepted}")
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

impl<T: SettingValue> Setting<T> {
    /// Returns the value in effect. One that is not accepted is added to `problems`; if it comes
    /// from the builder or one of our own variables, the default is returned.
    pub(crate) fn settle(
        &self,
        given: Option<T>,
        environment: Environment<'_>,
        problems: &mut SettingProblems,
    ) -> T {
        self.settle_with_variable(given, environment, problems).0
    }

    /// Returns the value in effect, as [`settle`](Self::settle) does, and the variable that has it.
    pub(crate) fn settle_with_variable(
        &self,
        given: Option<T>,
        environment: Environment<'_>,
        problems: &mut SettingProblems,
    ) -> (T, Option<&'static str>) {
        if let Some(given) = given {
            let value = given.shown();
            let accepted = (self.accept)(given).unwrap_or_else(|| {
                let source = format!("the builder's `{}`", self.method);
                problems.invalid.push(self.invalid(source, &value, self.accepted.to_owned()));
                (self.default)()
            });
            return (accepted, None);
        }
        for variable in set_variables(self.variables, environment) {
            if let Some(value) = variable.text().and_then(self.read).and_then(self.accept) {
                return (value, Some(variable.name));
            }
            if variable.is_ours() {
                let source = format!("the environment variable `{}`", variable.name);
                let accepted = self.accepted_of(&variable);
                problems.invalid.push(self.invalid(source, &variable.shown(), accepted));
                break;
            }
            problems.warnings.push(self.skipped(&variable));
        }
        ((self.default)(), None)
    }

    fn invalid(&self, source: String, value: &str, accepted: String) -> InvalidSetting {
        InvalidSetting { source, objection: self.objection(value), accepted }
    }

    /// Returns what the variable accepts.
    fn accepted_of(&self, variable: &Variable) -> String {
        let syntax = self.syntax.map(|syntax| format!(", written as {syntax}"));
        let unset = if variable.is_empty() {
            "; an empty value is not the default, so remove the variable for that"
        } else {
            ""
        };
        format!("{}{}{unset}", self.accepted, syntax.unwrap_or_default())
    }

    fn skipped(&self, variable: &Variable) -> SettingWarning {
        let (objection, accepted) = (self.objection(&variable.shown()), self.accepted_of(variable));
        let problem = format!("is skipped, since it {objection}; it takes {accepted}");
        SettingWarning::new(variable.name, problem)
    }

    /// Returns what is wrong with a value.
    fn objection(&self, value: &str) -> String {
        if self.is_secret || may_have_password(value) {
            "has a value that is not accepted (not shown, since it may be a secret)".to_owned()
        } else {
            format!("must not be {value}")
        }
    }
}

#[cfg(feature = "datadog")]
impl<T> Setting<T> {
    /// Returns whether a variable is set, even if its value cannot be used.
    pub(crate) fn is_in(&self, environment: Environment<'_>) -> bool {
        set_variables(self.variables, environment).iter().any(|variable| !variable.is_empty())
    }
}
