//! Ready-made health checks of what many services depend on, each with a cargo feature of its own.

#[cfg(feature = "check-url")]
pub mod url;
