//! Instants as the wire format has them: `2014-09-03T23:09:38.702Z`, which is UTC in ISO 8601 and
//! in RFC 3339.

use std::fmt;
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::ser::{Serialize, Serializer};

/// Writes an instant.
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

/// An instant in the milliseconds that the wire format keeps, so that a report equals itself read
/// back.
pub(crate) fn in_milliseconds(instant: SystemTime) -> DateTime<Utc> {
    // Not from `Utc::now()`, which panics where the clock stands before 1970.
    DateTime::<Utc>::from(instant).trunc_subsecs(3)
}

/// For fields of derived types.
pub(super) fn serialize<S: Serializer>(
    instant: &DateTime<Utc>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    Timestamp(*instant).serialize(serializer)
}
