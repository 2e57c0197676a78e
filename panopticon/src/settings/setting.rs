//! One setting: given to a builder, else by the environment, else its default.

use std::env::VarError;
use std::fmt::{self, Debug};

/// Its name in the builder and in the environment, what it takes, its default.
pub(crate) struct Setting<T> {
    pub(crate) method: &'static str,
    /// The first that is set counts; an empty one does not hide the next.
    pub(crate) variables: &'static [&'static str],
    pub(crate) accepted: &'static str,
    /// Reads a variable's text.
    pub(crate) read: fn(&str) -> Option<T>,
    /// Takes what is acceptable, from either source, in its normal form.
    pub(crate) accept: fn(T) -> Option<T>,
    pub(crate) default: fn() -> T,
    /// Whether an error must not show the value.
    pub(crate) is_secret: bool,
}

/// Reads an environment variable: [`std::env::var`], but in tests.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Result<String, VarError>;

/// A setting's value that is not acceptable.
#[derive(Debug)]
pub(crate) struct SettingProblem {
    source: String,
    value: String,
    accepted: &'static str,
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, value, accepted } = self;
        write!(f, "{source} must not be {value}; it takes {accepted}")
    }
}

impl<T: Debug + Clone> Setting<T> {
    /// What holds; the default in the place of what is not acceptable, which goes to `problems`.
    pub(crate) fn settle(
        &self,
        given: Option<T>,
        environment: Environment<'_>,
        problems: &mut Vec<SettingProblem>,
    ) -> T {
        let (source, value, settled) = if let Some(given) = given {
            let value = format!("{given:?}");
            (format!("the builder's `{}`", self.method), value, (self.accept)(given))
        } else {
            let mut set =
                self.variables.iter().filter_map(|variable| match environment(variable) {
                    Ok(text) => Some((variable, Ok(text))),
                    Err(VarError::NotUnicode(text)) => Some((variable, Err(text))),
                    Err(VarError::NotPresent) => None,
                });
            let is_empty = |(_, text): &(_, Result<String, _>)| text.as_deref() == Ok("");
            let first = set.next();
            let variable = match first {
                Some(first) if is_empty(&first) => set.find(|next| !is_empty(next)).or(Some(first)),
                first => first,
            };
            let Some((variable, text)) = variable else { return (self.default)() };
            let source = format!("the environment variable `{variable}`");
            match text {
                Ok(text) => (source, format!("{text:?}"), (self.read)(&text).and_then(self.accept)),
                Err(not_unicode) => (source, format!("{not_unicode:?}"), None),
            }
        };
        settled.unwrap_or_else(|| {
            let value = if self.is_secret {
                "what it is (not shown, for it may be a secret)".to_owned()
            } else {
                value
            };
            problems.push(SettingProblem { source, value, accepted: self.accepted });
            (self.default)()
        })
    }
}
