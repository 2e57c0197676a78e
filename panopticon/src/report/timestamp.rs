//! Instants as the wire format has them, such as `2014-09-03T23:09:38.702Z`: UTC in ISO 8601 and
//! RFC 3339.

use std::fmt;
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::{Serialize, Serializer};

/// An instant, written as the wire format has it.
pub(super) struct Timestamp(pub(super) DateTime<Utc>);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
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
}
