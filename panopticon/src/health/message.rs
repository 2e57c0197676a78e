//! What a check or the library says about a component, and how much of it anonymous readers see.

use super::Health;
use super::truncation::truncate;
use super::url_credentials::mask_url_credentials;

/// A text of at most [`Health::MAX_MESSAGE_BYTES`], without the credentials of URLs.
///
/// Equality ignores who wrote it, since a report that is read does not tell.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    text: String,
    authored: Authored,
}

/// The part of a message that the author of the check or of this library wrote. The rest is the
/// text of an error.
#[derive(Debug, Clone)]
enum Authored {
    All,
    Part(String),
    Nothing,
}

impl Message {
    /// Creates a message of the check's author, of an operator, or of this library.
    pub(crate) fn authored(text: impl Into<String>) -> Self {
        Self { text: shown(text.into()), authored: Authored::All }
    }

    /// Creates a message from the text of an error.
    pub(crate) fn of_error(text: impl Into<String>) -> Self {
        Self { text: shown(text.into()), authored: Authored::Nothing }
    }

    /// Creates a message that has the text of an error in it, and the one for those who must not
    /// see that.
    pub(crate) fn with_error(text: String, authored: String) -> Self {
        let (text, part) = (shown(text), shown(authored));
        let authored = if part == text { Authored::All } else { Authored::Part(part) };
        Self { text, authored }
    }

    /// Returns the whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text without those of errors, or `None` if it is nothing but one.
    pub(crate) fn authored_text(&self) -> Option<&str> {
        match &self.authored {
            Authored::All => Some(&self.text),
            Authored::Part(text) => Some(text),
            Authored::Nothing => None,
        }
    }

    /// Returns whether there is nothing but the text.
    pub(crate) fn is_authored(&self) -> bool {
        matches!(self.authored, Authored::All)
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Returns a text as it is shown. The credentials are masked first: cut in two, they could not be
/// recognized.
pub(crate) fn shown(text: String) -> String {
    let mut text = mask_url_credentials(text);
    truncate(&mut text, Health::MAX_MESSAGE_BYTES);
    text
}
