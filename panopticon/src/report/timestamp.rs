//! Instants as the wire format has them, such as `2014-09-03T23:09:38.702Z`: UTC in ISO 8601 and
//! RFC 3339.

use std::fmt;
use std::time::SystemTime;

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use serde::ser::{Serialize, Serializer};

/// An instant, written as the wire format has it.
pub(crate) struct Timestamp(pub(crate) DateTime<Utc>);

impl Timestamp {
    /// Passes the text to `action`. It is written by hand, since chrono's `to_rfc3339_opts` makes a
    /// request for a cached report take a tenth longer.
    pub(super) fn with_text<T>(&self, action: impl FnOnce(&str) -> T) -> T {
        let instant = self.0.naive_utc();
        let year = u32::try_from(instant.year()).ok().filter(|&year| year <= 9_999);
        let milliseconds = self.0.timestamp_subsec_millis();
        // A year of another length, or a leap second, which chrono counts in the milliseconds.
        let Some(year) = year.filter(|_| milliseconds < 1_000) else {
            return action(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true));
        };
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let parts = [
            (0..4, year),
            (5..7, instant.month()),
            (8..10, instant.day()),
            (11..13, instant.hour()),
            (14..16, instant.minute()),
            (17..19, instant.second()),
            (20..23, milliseconds),
        ];
        for (places, mut number) in parts {
            for place in text[places].iter_mut().rev() {
                *place += (number % 10) as u8;
                number /= 10;
            }
        }
        action(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| serializer.serialize_str(text))
    }
}

/// Returns the instant in whole milliseconds, which is what the wire format keeps, so that a report
/// equals itself read back. Outside the years that chrono supports, returns their first or last
/// instant.
pub(crate) fn in_milliseconds(instant: SystemTime) -> DateTime<Utc> {
    // chrono's own conversion panics outside those years.
    let (milliseconds, outside) = match instant.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => (i64::try_from(since.as_millis()), DateTime::<Utc>::MAX_UTC),
        Err(error) => {
            let before = error.duration().as_nanos().div_ceil(1_000_000);
            (i64::try_from(before).map(|before| -before), DateTime::<Utc>::MIN_UTC)
        }
    };
    milliseconds.ok().and_then(DateTime::from_timestamp_millis).unwrap_or(outside)
}

/// Writes an instant in a field of a derived type.
pub(super) fn serialize<S: Serializer>(
    instant: &DateTime<Utc>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    Timestamp(*instant).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use chrono::SubsecRound;

    use super::*;

    #[test]
    fn instants_are_cut_to_milliseconds_on_either_side_of_1970() {
        let nanoseconds = Duration::from_nanos(86_400_001_999_999);
        for instant in [UNIX_EPOCH + nanoseconds, UNIX_EPOCH, UNIX_EPOCH - nanoseconds] {
            let expected = DateTime::<Utc>::from(instant).trunc_subsecs(3);
            assert_eq!(in_milliseconds(instant), expected);
        }
        let ages = Duration::from_secs(1 << 60);
        assert_eq!(in_milliseconds(UNIX_EPOCH + ages), DateTime::<Utc>::MAX_UTC);
        assert_eq!(in_milliseconds(UNIX_EPOCH - ages), DateTime::<Utc>::MIN_UTC);
    }

    #[test]
    fn the_text_is_that_of_chrono() {
        let seconds = [0, 1_410_000_000, 951_782_399, -1, -62_167_219_200, 253_402_300_799];
        let outside = [-62_167_219_201, 253_402_300_800];
        for (seconds, milliseconds) in
            seconds.into_iter().chain(outside).zip([0, 7, 702, 999].repeat(2))
        {
            let instant = DateTime::from_timestamp(seconds, milliseconds * 1_000_000).unwrap();
            let expected = instant.to_rfc3339_opts(SecondsFormat::Millis, true);
            assert_eq!(Timestamp(instant).to_string(), expected);
        }
        // chrono puts a leap second into the milliseconds.
        let leap = DateTime::from_timestamp(1_483_228_799, 1_500_000_000).unwrap();
        let expected = leap.to_rfc3339_opts(SecondsFormat::Millis, true);
        assert_eq!(Timestamp(leap).to_string(), expected);
    }
}
