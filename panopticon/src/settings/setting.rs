//! One setting: the builder's value over the environment's over the default.

use std::fmt::{self, Debug};

use super::environment::{Environment, Variable, parse_first_set};

/// A setting's names, the values it accepts and its default.
pub(crate) struct Setting<T> {
    /// The method of the builder.
    pub(crate) method: &'static str,
    /// The environment variables, of which the first that is set counts. An empty one does not hide
    /// the next.
    pub(crate) variables: &'static [&'static str],
    /// The accepted values, for errors.
    pub(crate) accepted: &'static str,
    /// Parses a variable's text.
    pub(crate) read: fn(&str) -> Option<T>,
    /// Returns an acceptable value, from either source, in its normal form.
    pub(crate) accept: fn(T) -> Option<T>,
    pub(crate) default: fn() -> T,
    /// Whether errors must not show the value.
    pub(crate) is_secret: bool,
}

/// A setting with a value that is not accepted.
#[derive(Debug)]
pub(crate) struct InvalidSetting {
    source: String,
    value: String,
    accepted: &'static str,
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, value, accepted } = self;
        write!(f, "{source} must not be {value}; it takes {accepted}")
    }
}

impl<T: Debug + Clone> Setting<T> {
    /// Returns the value in effect. An invalid one is added to `invalid`, and the default is
    /// returned.
    pub(crate) fn settle(
        &self,
        given: Option<T>,
        environment: Environment<'_>,
        invalid: &mut Vec<InvalidSetting>,
    ) -> T {
        let (source, value, settled) = if let Some(given) = given {
            let value = format!("{given:?}");
            (format!("the builder's `{}`", self.method), value, (self.accept)(given))
        } else {
            let Some(Variable { name, shown, parsed }) =
                parse_first_set(self.variables, environment, self.read)
            else {
                return (self.default)();
            };
            let source = format!("the environment variable `{name}`");
            (source, shown, parsed.and_then(self.accept))
        };
        settled.unwrap_or_else(|| {
            let value = if self.is_secret {
                "what it is (not shown, since it may be a secret)".to_owned()
            } else {
                value
            };
            invalid.push(InvalidSetting { source, value, accepted: self.accepted });
            (self.default)()
        })
    }
}
