//! Durations as users write them: `"500ms"`, `"2s"`, `"5m"`, `"1h"`.
//!
//! `panopticon-macros/src/duration.rs` is a symbolic link to this file, for the reason given in
//! `name.rs`.

use std::time::Duration;

/// The longest duration that is accepted: 30 days. Deadlines are instants plus a duration, and
/// that sum must not overflow.
pub(crate) const MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What durations are accepted, for messages.
pub(crate) const SYNTAX: &str = "a whole number with one of the units ms, s, m, h, at most 720h and \
                                 for a timeout more than zero, such as `500ms` or `2s`";

/// Reads a whole number with a unit; `None` for anything else and for more than [`MAX`].
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().ok()?;
    let unit_in_milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let duration = Duration::from_millis(number.checked_mul(unit_in_milliseconds)?);
    (duration <= MAX).then_some(duration)
}

/// Whether a run can be given this long: more than zero, at most [`MAX`].
pub(crate) fn is_timeout(duration: Duration) -> bool {
    !duration.is_zero() && duration <= MAX
}
