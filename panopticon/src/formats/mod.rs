//! Reports as bytes, one file for each format.
//!
//! To add a format, add a file with a function from a [`Report`](crate::Report) or a
//! [`Component`](crate::Component) to bytes, which knows nothing about HTTP or the other formats,
//! and its `mod` line, with a feature if it needs a dependency. Then let the surfaces that offer it
//! call it; the one for HTTP is `http/answer.rs`.

pub(crate) mod json;
