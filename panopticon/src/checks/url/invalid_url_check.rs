//! What is wrong with a URL check.

use std::error::Error;
use std::fmt;

use crate::health::Health;

/// The mistakes in the settings of a [`UrlCheck`](super::UrlCheck), all at once; from
/// [`validated`](super::UrlCheck::validated). Shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidUrlCheck {
    mistakes: Vec<String>,
    has_url: bool,
}

impl InvalidUrlCheck {
    pub(super) fn new(mistakes: Vec<String>) -> Self {
        Self { mistakes, has_url: true }
    }

    pub(super) fn without_url() -> Self {
        Self { mistakes: vec![NO_URL.to_owned()], has_url: false }
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

/// As in python-panopticon.
const NO_URL: &str = "No URL specified to check.";

/// Writes the message of the check's result.
impl fmt::Display for InvalidUrlCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mistakes = self.mistakes.join("; ");
        if self.has_url { write!(f, "URL not checked: {mistakes}") } else { f.write_str(&mistakes) }
    }
}

impl Error for InvalidUrlCheck {}
