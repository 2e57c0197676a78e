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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DurationRule {
    WholeNumber { text: String },
    HasUnit { text: String },
    KnownUnit { unit: String, text: String },
    AtMost { text: String },
}

impl fmt::Display for DurationRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WholeNumber { text } => write!(f, "a whole number and a unit, not {text:?}"),
            Self::HasUnit { text } => {
                write!(f, "one of the units ms, s, m and h after its number, unlike {text:?}")
            }
            Self::KnownUnit { unit, text } => {
                write!(f, "one of the units ms, s, m and h, not the {unit:?} of {text:?}")
            }
            Self::AtMost { text } => write!(f, "at most 30 days (720h), not {text:?}"),
        }
    }
}

/// Reads a whole number with a unit, at most [`MAX`].
pub(crate) fn read(text: &str) -> Result<Duration, DurationRule> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    if number.is_empty() || unit.starts_with(['.', ',', '_']) {
        return Err(DurationRule::WholeNumber { text: text.to_owned() });
    }
    let unit_in_milliseconds = match unit {
        "" => return Err(DurationRule::HasUnit { text: text.to_owned() }),
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(DurationRule::KnownUnit { unit: unit.to_owned(), text: text.to_owned() }),
    };
    // A number that overflows is too long in any unit.
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit_in_milliseconds))
        .map(Duration::from_millis)
        .filter(|duration| *duration <= MAX)
        .ok_or_else(|| DurationRule::AtMost { text: text.to_owned() })
}

/// Reads a duration like [`read`], if the reason for a failure does not matter.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    read(text).ok()
}

/// Returns whether a run can have this timeout: more than zero, at most [`MAX`].
pub(crate) fn is_timeout(duration: Duration) -> bool {
    !duration.is_zero() && duration <= MAX
}
