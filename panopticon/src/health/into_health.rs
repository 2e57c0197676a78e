//! The conversion of what a health check returns.

use std::any::Any;
use std::error::Error;
use std::fmt;

use super::Health;

/// A type that a health check may return.
///
/// Implemented for [`Health`], for `()` (healthy, without a message) and for a `Result` of one of
/// these whose error implements [`Display`](fmt::Display) or is a `Health`.
///
/// | error | what is reported |
/// | --- | --- |
/// | [`Health`] | the `Health`, with its details; `?` converts any [`Error`] to one, with [`Health::from_error`] |
/// | any other type | unhealthy, with the error's text as the message |
///
/// With `#[healthcheck]`, the texts of the error's sources follow, as in [`Health::from_error`].
/// For a closure that is given to the [builder](crate::Builder::check), they follow only if its
/// error is a `Health` or boxed, such as a `Box<dyn Error + Send + Sync>` or an `anyhow::Error`.
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
    note = "return `Health`, `()`, or a `Result` of one of them whose error implements `Display` or is a `Health`"
)]
pub trait IntoHealth {
    /// Converts a health check's answer into what its component reports.
    fn into_health(self) -> Health;

    /// Converts the answer of a closure, with the sources of a boxed error. Whether any other type
    /// implements `Error` cannot be known there.
    #[doc(hidden)]
    fn into_health_at_run_time(self) -> Health
    where
        Self: Sized + 'static,
    {
        self.into_health()
    }
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
        self.map_or_else(|error| from_text(&error), T::into_health)
    }

    fn into_health_at_run_time(self) -> Health
    where
        Self: 'static,
    {
        self.map_or_else(
            |error| match boxed_error(&error) {
                Some(error) => Health::from_error(error),
                None => from_text(&error),
            },
            T::into_health_at_run_time,
        )
    }
}

/// An error with details, or with a status other than unhealthy.
impl<T: IntoHealth> IntoHealth for Result<T, Health> {
    fn into_health(self) -> Health {
        self.map_or_else(|health| health, T::into_health)
    }

    fn into_health_at_run_time(self) -> Health
    where
        Self: 'static,
    {
        self.map_or_else(|health| health, T::into_health_at_run_time)
    }
}

fn from_text(error: &impl fmt::Display) -> Health {
    // In the alternate form, anyhow and eyre show the sources. Errors of std and thiserror show
    // their plain text.
    Health::unhealthy(format!("{error:#}"))
}

/// Returns the error in the box, if this is a box with an error.
fn boxed_error(error: &dyn Any) -> Option<&(dyn Error + 'static)> {
    if let Some(error) = error.downcast_ref::<Box<dyn Error + Send + Sync>>() {
        Some(&**error)
    } else if let Some(error) = error.downcast_ref::<Box<dyn Error + Send>>() {
        Some(&**error)
    } else {
        error.downcast_ref::<Box<dyn Error>>().map(|error| &**error)
    }
}
