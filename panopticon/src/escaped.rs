//! Text from elsewhere in the lines of logs, errors and terminals.

use std::fmt::{self, Write as _};

/// A text that stays in its line: a message must not forge a line of a log or an item of a list,
/// control a terminal, or change the order in which the characters of a line are shown.
///
/// Escapes control characters, the separators of lines and paragraphs, and the characters that
/// change the direction of the text (Unicode's property `Bidi_Control`).
pub(crate) struct Escaped<T>(pub(crate) T);

impl<T: AsRef<str>> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.as_ref().chars() {
            if is_escaped(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

pub(crate) fn is_escaped(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' // separators
                | '\u{61c}' | '\u{200e}' | '\u{200f}' // marks
                | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // embeddings and isolates
        )
}
