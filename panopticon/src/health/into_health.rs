//! The conversion of what a health check returns.

use std::fmt;

use super::Health;

/// A type that a health check may return.
///
/// Implemented for [`Health`], for `()` (healthy, without a message) and for a `Result` of one of
/// these if its error implements [`Display`](fmt::Display). An error is unhealthy with its text as
/// the message. With `#[healthcheck]`, the texts of its sources follow, as in
/// [`Health::from_error`].
///
/// ```
/// use panopticon::{Health, IntoHealth};
///
/// struct Lag(u64);
///
/// impl IntoHealth for Lag {
///     fn into_health(self) -> Health {
///         match self.0 {
///             0..100 => Health::healthy("replica follows"),
///             _ => Health::degraded("replica is behind").with("lag", self.0),
///         }
///     }
/// }
/// # let _ = Lag(3).into_health();
/// ```
#[diagnostic::on_unimplemented(
    message = "a health check must not return `{Self}`",
    label = "a health check cannot return this",
    note = "return `Health`, `()`, or a `Result` of one of them whose error implements `Display`"
)]
pub trait IntoHealth {
    /// Converts a health check's answer into what its component reports.
    fn into_health(self) -> Health;
}

impl IntoHealth for Health {
    fn into_health(self) -> Health {
        self
    }
}

impl IntoHealth for () {
    fn into_health(self) -> Health {
        Health::healthy("")
    }
}

impl<T: IntoHealth, E: fmt::Display> IntoHealth for Result<T, E> {
    fn into_health(self) -> Health {
        match self {
            Ok(value) => value.into_health(),
            // In the alternate form, anyhow and eyre show the sources. For the errors of std and
            // thiserror it is the plain text.
            Err(error) => Health::unhealthy(format!("{error:#}")),
        }
    }
}
