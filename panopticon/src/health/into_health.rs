//! The conversion of what a health check returns.

use std::error::Error;

use super::Health;

/// A type that a health check may return.
///
/// Implemented for [`Health`], for `()` (healthy, without a message) and for a `Result` of one of
/// these, whose error is one of:
///
/// | error | what is reported |
/// | --- | --- |
/// | [`Health`] | the `Health`, with its details; `?` converts any [`Error`] to one, with [`Health::from_error`] |
/// | an [`Error`] that is `Send`, `Sync` and `'static` | unhealthy, with the error's text and those of its sources as the message, as in [`Health::from_error`] |
/// | what converts into a `Box<dyn Error + Send + Sync>`: that box, the errors of anyhow and eyre, `String`, `&str` | the same |
///
/// A healthy `Health` that is returned as an error is healthy. `?` never converts an error to one.
///
/// A function with `#[healthcheck]` may also return an error that is not `Send` or `Sync`, such as
/// a `Box<dyn Error>`, and one that implements only [`Display`](std::fmt::Display).
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
    note = "return `Health`, `()`, or a `Result` of one of them whose error implements `std::error::Error`, or is a text or a `Health`"
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

/// An error with its sources. `ReturnedError` is whatever implements
/// `Into<Box<dyn Error + Send + Sync>>`.
impl<T: IntoHealth, E: ReturnedError> IntoHealth for Result<T, E> {
    fn into_health(self) -> Health {
        self.map_or_else(|error| Health::from_error(&*error.into_error()), T::into_health)
    }
}

/// An error with details, or with a status other than unhealthy.
impl<T: IntoHealth> IntoHealth for Result<T, Health> {
    fn into_health(self) -> Health {
        self.map_or_else(|health| health, T::into_health)
    }
}

/// The bound `Into<Box<dyn Error + Send + Sync>>`, with a compiler error that says what to do.
#[diagnostic::on_unimplemented(
    message = "a health check must not return `{Self}` as its error",
    label = "a health check cannot return this error",
    note = "implement `std::error::Error` for it, which must also be `Send`, `Sync` and `'static`; or write `.map_err(|error| error.to_string())`; or return `Err(Health::…)`",
    note = "instead of `Box<dyn Error>`, write `Box<dyn Error + Send + Sync>`"
)]
pub trait ReturnedError {
    /// Converts the error.
    fn into_error(self) -> Box<dyn Error + Send + Sync>;
}

// The compiler would explain why `Box<dyn Error + Send + Sync>` is not `From` the type.
#[diagnostic::do_not_recommend]
impl<E: Into<Box<dyn Error + Send + Sync>>> ReturnedError for E {
    fn into_error(self) -> Box<dyn Error + Send + Sync> {
        self.into()
    }
}
