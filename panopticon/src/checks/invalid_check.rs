//! What is wrong with a check.

use std::error::Error;
use std::fmt;

use crate::health::Health;

/// The mistakes in the settings of a check, all at once, from its method `validated()`. Shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidCheck {
    /// What was not checked, or `None` if the mistake says so.
    what: Option<&'static str>,
    mistakes: Vec<String>,
}

impl InvalidCheck {
    pub(super) fn new(what: &'static str, mistakes: Vec<String>) -> Self {
        Self { what: Some(what), mistakes }
    }

    /// For a mistake whose text is the whole message.
    #[cfg(feature = "check-url")]
    pub(super) fn with_message(message: &str) -> Self {
        Self { what: None, mistakes: vec![message.to_owned()] }
    }

    /// Returns each mistake, such as "`timeout` must be more than zero and at most 30 days, not
    /// 0ns".
    pub fn mistakes(&self) -> impl ExactSizeIterator<Item = &str> {
        self.mistakes.iter().map(String::as_str)
    }

    /// Returns the result of a check that has these mistakes.
    pub(super) fn health(&self) -> Health {
        Health::unhealthy(self.to_string())
    }
}

/// Writes the message of the check's result.
impl fmt::Display for InvalidCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mistakes = self.mistakes.join("; ");
        match self.what {
            Some(what) => write!(f, "{what} not checked: {mistakes}"),
            None => f.write_str(&mistakes),
        }
    }
}

impl Error for InvalidCheck {}
