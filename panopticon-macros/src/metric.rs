//! The rules for the names of metrics and for their tags.
//!
//! They are Datadog's, so that each name arrives as it was written
//! (<https://docs.datadoghq.com/developers/guide/what-best-practices-are-recommended-for-naming-metrics-and-tags/>,
//! <https://docs.datadoghq.com/getting_started/tagging/>).

use std::fmt;

/// The longest name, and the longest tag with its key and its colon, in characters (all of them
/// ASCII, so also in bytes).
pub(crate) const MAX_LENGTH: usize = 200;

/// A rule that a name or a tag breaks; displayed as the first part of "… must …; write …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MetricRule {
    NameNotEmpty,
    NameAtMost { length: usize },
    NameStartsWithLetter { name: String },
    NameOnly { character: char, name: String },
    KeyNotEmpty,
    KeyWithoutColon { key: String },
    ValueNotEmpty,
    ValueEndsOtherwise { value: String },
    TagOnly { character: char, text: String },
    TagAtMost { length: usize },
}

impl fmt::Display for MetricRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameNotEmpty => f.write_str("have a metric name that is not empty"),
            Self::NameAtMost { length } => {
                write!(f, "have a metric name of at most {MAX_LENGTH} characters, not {length}")
            }
            Self::NameStartsWithLetter { name } => write!(
                f,
                "have a metric name that starts with a letter from A to Z or a to z, unlike `{name}`"
            ),
            Self::NameOnly { character, name } => write!(
                f,
                "have a metric name of ASCII letters, digits, `_` and `.` only, without the \
                 {character:?} of `{}`",
                // A line break would forge a line in a log.
                name.escape_debug()
            ),
            Self::KeyNotEmpty => f.write_str("have a tag key that is not empty"),
            Self::KeyWithoutColon { key } => {
                write!(
                    f,
                    "not have a `:` in the tag key {key:?}, because the value begins after it"
                )
            }
            Self::ValueNotEmpty => f.write_str("have a tag value that is not empty"),
            Self::ValueEndsOtherwise { value } => {
                write!(f, "not have a `:` at the end of the tag value {value:?}")
            }
            Self::TagOnly { character, text } => write!(
                f,
                "have tags of ASCII letters, digits and `_ - . : /` only, without the \
                 {character:?} of {text:?}"
            ),
            Self::TagAtMost { length } => write!(
                f,
                "have tags of at most {MAX_LENGTH} characters, with the `:` between key and \
                 value, not {length}"
            ),
        }
    }
}

/// Checks a metric's name: `[A-Za-z][A-Za-z0-9_.]*`, at most [`MAX_LENGTH`] long.
pub(crate) fn check_name(name: &str) -> Result<(), MetricRule> {
    let Some(first) = name.chars().next() else {
        return Err(MetricRule::NameNotEmpty);
    };
    let foreign = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    if let Some(character) = name.chars().find(foreign) {
        return Err(MetricRule::NameOnly { character, name: name.to_owned() });
    }
    if !first.is_ascii_alphabetic() {
        return Err(MetricRule::NameStartsWithLetter { name: name.to_owned() });
    }
    if name.len() > MAX_LENGTH {
        return Err(MetricRule::NameAtMost { length: name.len() });
    }
    Ok(())
}

/// Checks what is before a tag's colon.
pub(crate) fn check_tag_key(key: &str) -> Result<(), MetricRule> {
    if key.is_empty() {
        return Err(MetricRule::KeyNotEmpty);
    }
    check_tag_characters(key)?;
    if key.contains(':') {
        return Err(MetricRule::KeyWithoutColon { key: key.to_owned() });
    }
    Ok(())
}

/// Checks what is after a tag's colon: something, because a tag must not end in a colon.
pub(crate) fn check_tag_value(value: &str) -> Result<(), MetricRule> {
    if value.is_empty() {
        return Err(MetricRule::ValueNotEmpty);
    }
    check_tag_characters(value)?;
    if value.ends_with(':') {
        return Err(MetricRule::ValueEndsOtherwise { value: value.to_owned() });
    }
    Ok(())
}

/// Checks the length of `key:value`, at most [`MAX_LENGTH`].
pub(crate) fn check_tag_length(key: &str, value: &str) -> Result<(), MetricRule> {
    let length = key.len() + ":".len() + value.len();
    if length > MAX_LENGTH { Err(MetricRule::TagAtMost { length }) } else { Ok(()) }
}

fn check_tag_characters(text: &str) -> Result<(), MetricRule> {
    let foreign =
        |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/'));
    match text.chars().find(foreign) {
        Some(character) => Err(MetricRule::TagOnly { character, text: text.to_owned() }),
        None => Ok(()),
    }
}
