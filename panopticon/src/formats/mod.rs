//! Reports as bytes, one file for each format.
//!
//! To add a format, add a file with a function from a [`Report`](crate::Report) or a
//! [`Component`](crate::Component) to bytes, which knows nothing about HTTP or the other formats,
//! and its `mod` line, with the feature of the dependency that it needs or of the surface that offers
//! it. Then let that surface call it: for HTTP, `http/negotiation.rs` chooses the format.

pub(crate) mod json;
#[cfg(feature = "prometheus")]
pub(crate) mod prometheus;
