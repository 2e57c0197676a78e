//! The result of a check whose settings are wrong.

use std::time::Duration;

use crate::check::duration;
use crate::health::Health;

/// Returns the result of a check that was not run because of these mistakes.
pub(super) fn invalid(check: &str, mistakes: &[String]) -> Health {
    Health::unhealthy(format!("{check} not checked: {}", mistakes.join("; ")))
}

/// Returns that result, unless there are no mistakes.
pub(super) fn reject(check: &str, mistakes: &[String]) -> Result<(), Health> {
    if mistakes.is_empty() { Ok(()) } else { Err(invalid(check, mistakes)) }
}

/// Adds a mistake if a check cannot have this timeout.
pub(super) fn validate_timeout(timeout: Duration, mistakes: &mut Vec<String>) {
    if !duration::is_timeout(timeout) {
        mistakes.push(format!("`timeout` must be {}, not {timeout:?}", duration::TIMEOUT));
    }
}
