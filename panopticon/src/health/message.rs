//! The message of a component, and how much of it anonymous readers see.

use super::Health;
use super::truncation::truncate;
use super::url_credentials::mask_url_credentials;

/// A text of at most [`Health::MAX_MESSAGE_BYTES`], without the credentials of URLs.
///
/// Equality ignores who wrote it, which a deserialized report does not say.
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

    /// Creates a message that contains the text of an error, with the message for readers who must
    /// not see that text.
    pub(crate) fn with_error(text: String, authored: String) -> Self {
        let (text, part) = (shown(text), shown(authored));
        let authored = if part == text { Authored::All } else { Authored::Part(part) };
        Self { text, authored }
    }

    /// Returns the whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text without the text of an error, or `None` if nothing else is left.
    pub(crate) fn authored_text(&self) -> Option<&str> {
        match &self.authored {
            Authored::All => Some(&self.text),
            Authored::Part(text) => Some(text),
            Authored::Nothing => None,
        }
    }

    /// Returns whether the message contains no text of an error.
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

/// Returns a text as it is shown. Credentials are masked before the text is cut, since they could
/// not be recognized afterwards.
pub(crate) fn shown(text: String) -> String {
    let mut text = mask_url_credentials(text);
    truncate(&mut text, Health::MAX_MESSAGE_BYTES);
    text
}
