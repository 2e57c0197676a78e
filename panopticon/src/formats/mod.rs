//! Reports as bytes, one file for each format.
//!
//! To add a format, add a file with a [`Format`](self::format::Format), whose functions from a report
//! or a component to bytes know nothing about HTTP or the other formats; then its `mod` line, with
//! the feature of the dependency that it needs or of the surface that offers it, and a row in
//! [`format::ALL`](self::format::ALL). Surfaces offer every format of that table.

#[cfg(feature = "http")]
pub(crate) mod format;
#[cfg(feature = "http")]
mod health_json;
pub(crate) mod json;
#[cfg(feature = "prometheus")]
mod prometheus;
#[cfg(feature = "http")]
pub(crate) mod verbose;
