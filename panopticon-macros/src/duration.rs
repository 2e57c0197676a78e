//! Durations as users write them: `"500ms"`, `"2s"`, `"5m"`, `"1h"`.
//!
//! This file exists twice, for the reason given in `name.rs`: as
//! `panopticon/src/check/duration.rs`, which is the one to edit, and as its copy,
//! `panopticon-macros/src/duration.rs`.

use std::fmt;
use std::time::Duration;

/// The longest accepted duration, 30 days, so that the sum of an instant and a duration does not
/// overflow.
pub(crate) const MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The durations that a timeout may have, for messages.
pub(crate) const TIMEOUT: &str = "a duration of more than zero, at most 30 days";

/// How a duration is written, for messages.
pub(crate) const SYNTAX: &str = "a whole number with one of the units ms, s, m, h, such as `500ms` \
                                 or `2s`";

/// A rule that a duration's text breaks; displayed as the end of "must give `timeout` …".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DurationRule<'a> {
    WholeNumber { text: &'a str },
    HasUnit { text: &'a str },
    KnownUnit { text: &'a str },
    AtMost { text: &'a str },
}

impl fmt::Display for DurationRule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WholeNumber { text } => write!(f, "a whole number and a unit, not {text:?}"),
            Self::HasUnit { text } => {
                write!(f, "one of the units ms, s, m and h after its number, unlike {text:?}")
            }
            Self::KnownUnit { text } => {
                let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
                write!(f, "one of the units ms, s, m and h, not the {unit:?} of {text:?}")
            }
            Self::AtMost { text } => write!(f, "at most 30 days (720h), not {text:?}"),
        }
    }
}

/// Reads a whole number with a unit, at most [`MAX`].
pub(crate) const fn read(text: &str) -> Result<Duration, DurationRule<'_>> {
    let bytes = text.as_bytes();
    // A number that overflows is too long in any unit.
    let mut number = Some(0_u64);
    let mut digits = 0;
    while digits < bytes.len() && bytes[digits].is_ascii_digit() {
        number = append(number, bytes[digits] - b'0');
        digits += 1;
    }
    let (_, unit) = bytes.split_at(digits);
    if digits == 0 || matches!(unit, [b'.' | b',' | b'_', ..]) {
        return Err(DurationRule::WholeNumber { text });
    }
    let unit_in_milliseconds = match unit {
        b"" => return Err(DurationRule::HasUnit { text }),
        b"ms" => 1,
        b"s" => 1_000,
        b"m" => 60_000,
        b"h" => 3_600_000,
        _ => return Err(DurationRule::KnownUnit { text }),
    };
    let Some(number) = number else { return Err(DurationRule::AtMost { text }) };
    match number.checked_mul(unit_in_milliseconds) {
        Some(milliseconds) if milliseconds as u128 <= MAX.as_millis() => {
            Ok(Duration::from_millis(milliseconds))
        }
        _ => Err(DurationRule::AtMost { text }),
    }
}

/// Returns a number with one more digit, unless it overflows.
const fn append(number: Option<u64>, digit: u8) -> Option<u64> {
    let Some(number) = number else { return None };
    let Some(number) = number.checked_mul(10) else { return None };
    number.checked_add(digit as u64)
}

/// Reads a duration like [`read`], if the reason for a failure does not matter.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    read(text).ok()
}

/// Returns whether a run can have this timeout: more than zero, at most [`MAX`].
pub(crate) fn is_timeout(duration: Duration) -> bool {
    !duration.is_zero() && duration <= MAX
}
