//! The details that say when a certificate expires.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};

use crate::health::Health;
use crate::net::tls::Expiry;

/// In seconds.
pub(super) const DAY: u64 = 24 * 60 * 60;

pub(super) fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

pub(super) fn with_expiry(health: Health, expiry: &Expiry, now: Duration) -> Health {
    let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    let day = i64::try_from(DAY).unwrap_or(i64::MAX);
    let health = health.with("days_left", (seconds(expiry.at) - seconds(now)).div_euclid(day));
    match DateTime::from_timestamp(seconds(expiry.at), 0) {
        Some(at) => health.with("expires_at", at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        None => health,
    }
}
