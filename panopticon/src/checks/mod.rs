//! Health checks of things that many services depend on, each behind a feature of its name.

#[cfg(feature = "check-url")]
pub mod url;
