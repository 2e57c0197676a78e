//! Times in whole seconds since 1970, the way Datadog accepts them.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the seconds since 1970; zero for earlier times.
pub(super) fn unix_seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
