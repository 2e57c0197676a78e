//! Booleans in the environment.

/// What [`parse`] accepts, for errors.
pub(crate) const SYNTAX: &str = "`true` or `1`, `false` or `0`";

/// Parses a boolean, in upper or lower case.
pub(crate) fn parse(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}
