//! The result of a check whose settings are wrong.

use std::time::Duration;

use super::invalid_check::InvalidCheck;
use crate::check::duration;
use crate::health::Health;

/// Returns the result of a check that was not run because of these mistakes, unless there are none.
pub(super) fn reject(check: &'static str, mistakes: &[String]) -> Result<(), Health> {
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(InvalidCheck::new(check, mistakes.to_vec()).health())
    }
}

/// Adds a mistake if a check cannot have this timeout.
pub(super) fn validate_timeout(timeout: Duration, mistakes: &mut Vec<String>) {
    if !duration::is_timeout(timeout) {
        mistakes.push(format!("`timeout` must be {}, not {timeout:?}", duration::TIMEOUT));
    }
}
