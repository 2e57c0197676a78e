//! What the expansion of `#[healthcheck]` calls. No part of the public interface: anything here
//! may change in any release. Names read as sentences where users meet them in errors.

use std::any::TypeId;
use std::cell::Cell;
use std::future::Future;

use crate::check::HealthFuture;
use crate::check::{ResourceType, Resources};
use crate::health::{Health, IntoHealth};

pub use linkme;
pub use panopticon_macros::features;
pub use std::time::Duration;

pub use crate::check::Probe;
pub use crate::check::{Call, Dependency, HealthCheck, Module, Options, Origin};
pub use crate::check::{Collection, ListedCrate};
#[cfg(feature = "datadog")]
pub use crate::datadog::timer::{Timer, Unit, time_until_dropped};
pub use crate::registry::{Entry, REGISTRY};

pub use crate::__at_the_root as at_the_root;
pub use crate::__origin as origin;

/// What `discover!` writes, where it can be called by the name that it has at a crate's root.
#[doc(hidden)]
#[macro_export]
macro_rules! __at_the_root {
    ($($item:item)*) => {
        $($item)*
    };
}

/// The place that it is written at, and what the macros know of the crate.
#[doc(hidden)]
#[macro_export]
macro_rules! __origin {
    ($package:literal, $version:literal, $is_program:literal) => {
        $crate::__private::Origin {
            module: &$crate::__private::Module {
                path: ::core::module_path!(),
                package: $package,
                version: $version,
                is_program: $is_program,
                file: ::core::file!(),
            },
            line: ::core::line!(),
        }
    };
}

/// Boxes the future of an async check, which runs as a task of its own.
pub fn health_check_future_must_be_send<F>(future: F) -> HealthFuture
where
    F: Future<Output = Health> + Send + 'static,
{
    Box::pin(future)
}

/// What tells a function from all others.
#[must_use]
pub fn identity<F: 'static>(_: &F) -> TypeId {
    TypeId::of::<F>()
}

/// The type of a resource that a check takes. Checks run on any thread, several at once.
#[must_use]
pub const fn health_check_resource_must_be_send_and_sync<T>(written: &'static str) -> ResourceType
where
    T: ?Sized + Send + Sync + 'static,
{
    ResourceType::of::<T>(written)
}

/// The value of a resource that a check takes.
#[must_use]
pub fn health_check_takes<T: ?Sized + Send + Sync + 'static>(resources: &Resources) -> &T {
    resources.get()
}

/// Takes what a check returned.
pub fn health_check_must_return_into_health<T: IntoHealth>(answer: T) -> Answer<T> {
    Answer(Cell::new(Some(answer)))
}

/// What a check returned, on its way to [`Health`] by the first of the traits in [`conversion`]
/// that its type allows.
///
/// `IntoHealth` for a `Result` must do with `E: Display`, where an error's sources cannot be seen.
/// The expansion knows the type, so method resolution can look for more: it tries the traits from
/// the one with the most references to the one with none ("autoref specialization").
#[allow(missing_debug_implementations, reason = "it lives for one expression of generated code")]
pub struct Answer<T>(Cell<Option<T>>);

impl<T> Answer<T> {
    fn take(&self) -> T {
        match self.0.take() {
            Some(answer) => answer,
            None => unreachable!("an answer is converted once"),
        }
    }
}

/// The ways from an [`Answer`] to [`Health`], best first; imported by the expansion as a whole.
pub mod conversion {
    pub use super::ByAnything as _;
    pub use super::ByError as _;
    pub use super::ByErrorInside as _;
    pub use super::ByIntoHealth as _;
}

/// An error with its sources.
pub trait ByError {
    /// Converts.
    fn health_of_answer(&self) -> Health;
}

impl<T: IntoHealth, E: std::error::Error> ByError for &&&Answer<Result<T, E>> {
    fn health_of_answer(&self) -> Health {
        self.take().map_or_else(|error| Health::from_error(&error), T::into_health)
    }
}

/// An error in a box that is none itself (`Box<dyn Error>`, `anyhow::Error`), with its sources.
pub trait ByErrorInside {
    /// Converts.
    fn health_of_answer(&self) -> Health;
}

impl<T, E> ByErrorInside for &&Answer<Result<T, E>>
where
    T: IntoHealth,
    E: std::ops::Deref<Target: std::error::Error>,
{
    fn health_of_answer(&self) -> Health {
        self.take().map_or_else(|error| Health::from_error(&*error), T::into_health)
    }
}

/// Anything else that a check may return.
pub trait ByIntoHealth {
    /// Converts.
    fn health_of_answer(&self) -> Health;
}

impl<T: IntoHealth> ByIntoHealth for &Answer<T> {
    fn health_of_answer(&self) -> Health {
        self.take().into_health()
    }
}

/// What a check may not return. [`health_check_must_return_into_health`] has said so; without this
/// trait, a second error would follow that says it worse.
pub trait ByAnything {
    /// Never called.
    fn health_of_answer(&self) -> Health;
}

impl<T> ByAnything for Answer<T> {
    fn health_of_answer(&self) -> Health {
        unreachable!("an `Answer` holds what is `IntoHealth`")
    }
}
