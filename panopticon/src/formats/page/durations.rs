//! Durations and instants in words, as the page's script writes them too.

use std::fmt::{self, Display, Write as _};
use std::time::Duration;

use chrono::{DateTime, Utc};
use maud::Render;

/// The time between two instants, such as `4 min` or `2 h 5 min`. Whole seconds, without a sign.
pub(super) struct Span {
    seconds: i64,
}

impl Span {
    /// Returns the time from one instant to a later one; none if it is not later.
    pub(super) fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { seconds: (to - from).num_seconds().max(0) }
    }

    fn of(duration: Duration) -> Self {
        Self { seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX) }
    }
}

impl Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seconds } = *self;
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        match () {
            () if minutes == 0 => write!(f, "{seconds} s"),
            () if hours == 0 => write!(f, "{minutes} min"),
            () if days == 0 && minutes % 60 == 0 => write!(f, "{hours} h"),
            () if days == 0 => write!(f, "{hours} h {} min", minutes % 60),
            () if hours % 24 == 0 => write!(f, "{days} d"),
            () => write!(f, "{days} d {} h", hours % 24),
        }
    }
}

/// A duration to two digits, from nanoseconds to days: `850 µs`, `12 ms`, `2.0 s`, `4 min`.
pub(super) struct Short(pub(super) Duration);

impl Render for Short {
    fn render_to(&self, buffer: &mut String) {
        // It has no characters to escape, and writing to a string cannot fail.
        let _ = write!(buffer, "{self}");
    }
}

impl Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may be 30 days at most; more would be shown as 213,503 days.
        let nanoseconds = u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX);
        // What would be rounded to 60 s is a minute.
        if nanoseconds >= 59_950_000_000 {
            return Span::of(self.0.saturating_add(Duration::from_millis(50))).fmt(f);
        }
        let (unit, one) = match nanoseconds {
            0 => return f.write_str("0 s"),
            999_500_000.. => ("s", 1_000_000_000),
            999_500.. => ("ms", 1_000_000),
            1_000.. => ("µs", 1_000),
            _ => ("ns", 1),
        };
        let tenths = (nanoseconds * 10 + one / 2) / one;
        if one == 1 || tenths >= 100 {
            write!(f, "{} {unit}", (nanoseconds + one / 2) / one)
        } else {
            write!(f, "{}.{} {unit}", tenths / 10, tenths % 10)
        }
    }
}

/// A duration that somebody has chosen, without zeros at the end: `500 ms`, `1.5 s`, `30 s`, `5 min`.
pub(super) struct Chosen(pub(super) Duration);

impl Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.as_millis();
        match milliseconds {
            0 if self.0.is_zero() => f.write_str("0 s"),
            0 => Short(self.0).fmt(f),
            1..1_000 => write!(f, "{milliseconds} ms"),
            1_000..60_000 => write!(f, "{} s", self.0.as_secs_f64()),
            _ => Span::of(self.0).fmt(f),
        }
    }
}

/// The time of day in UTC, with the date if that is not today.
pub(super) struct Clock {
    pub(super) at: DateTime<Utc>,
    pub(super) now: DateTime<Utc>,
}

impl Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, now } = self;
        if at.date_naive() != now.date_naive() {
            write!(f, "{} ", at.date_naive())?;
        }
        write_time_of_day(f, *at)
    }
}

/// An instant in ISO 8601, in whole seconds.
pub(super) struct Instant(pub(super) DateTime<Utc>);

impl Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T", self.0.date_naive())?;
        write_time_of_day(f, self.0)?;
        f.write_str("Z")
    }
}

fn write_time_of_day(f: &mut fmt::Formatter<'_>, at: DateTime<Utc>) -> fmt::Result {
    let seconds = at.timestamp().rem_euclid(86_400);
    write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_at_most_two_units() {
        for (seconds, expected) in [
            (-5, "0 s"),
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (7_500, "2 h 5 min"),
            (86_399, "23 h 59 min"),
            (86_400, "1 d"),
            (97_000, "1 d 2 h"),
        ] {
            let from = DateTime::<Utc>::UNIX_EPOCH;
            let span = Span::between(from, from + chrono::Duration::seconds(seconds));
            assert_eq!(span.to_string(), expected);
        }
    }

    #[test]
    fn response_times_have_two_digits_in_the_largest_unit() {
        for (nanoseconds, expected) in [
            (0, "0 s"),
            (7, "7 ns"),
            (999, "999 ns"),
            (1_000, "1.0 µs"),
            (850_400, "850 µs"),
            (999_499, "999 µs"),
            (999_500, "1.0 ms"),
            (9_949_999, "9.9 ms"),
            (9_950_000, "10 ms"),
            (12_300_000, "12 ms"),
            (999_500_000, "1.0 s"),
            (2_000_000_000, "2.0 s"),
            (59_949_999_999, "60 s"),
            (59_950_000_000, "1 min"),
            (u64::MAX, "213503 d 23 h"),
        ] {
            assert_eq!(Short(Duration::from_nanos(nanoseconds)).to_string(), expected);
        }
    }

    #[test]
    fn chosen_durations_are_exact() {
        for (milliseconds, expected) in [
            (0, "0 s"),
            (500, "500 ms"),
            (1_000, "1 s"),
            (1_500, "1.5 s"),
            (59_999, "59.999 s"),
            (60_000, "1 min"),
            (5_400_000, "1 h 30 min"),
        ] {
            assert_eq!(Chosen(Duration::from_millis(milliseconds)).to_string(), expected);
        }
    }

    #[test]
    fn another_day_is_named() {
        let now = DateTime::parse_from_rfc3339("2026-11-29T03:06:15.9Z").unwrap().to_utc();
        let at = |ago| Clock { at: now - chrono::Duration::seconds(ago), now }.to_string();
        assert_eq!(at(0), "03:06:15");
        assert_eq!(at(4 * 3600), "2026-11-28 23:06:15");
        assert_eq!(Instant(now).to_string(), "2026-11-29T03:06:15Z");
    }
}
