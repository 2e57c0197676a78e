//! The target of everything that the library logs with `tracing`.

/// The target that users filter by.
pub(crate) const LOG_TARGET: &str = "panopticon";
