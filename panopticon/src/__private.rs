//! What generated code calls. It is not public: anything here may change in any release. Names that
//! appear in compiler errors read as sentences.

use std::any::TypeId;
use std::cell::Cell;
use std::future::Future;

use crate::check::{HealthFuture, ResourceType, Resources};
use crate::health::{Health, IntoHealth};

pub use linkme;
pub use panopticon_macros::features;
pub use std::time::Duration;

pub use crate::check::{CheckFn, CheckOptions, Dependency, HealthCheck, Module, Origin, Probe};
pub use crate::check::{Collection, ListedCrate};
#[cfg(feature = "datadog")]
pub use crate::datadog::timer::{Timer, Unit, time_until_dropped};
pub use crate::registry::{REGISTRY, RegistryEntry};

pub use crate::__at_the_root as at_the_root;
pub use crate::__origin as origin;

/// Passes on what `discover!` writes. It can be called only by the name that it has at the root of
/// a crate.
#[doc(hidden)]
#[macro_export]
macro_rules! __at_the_root {
    ($($item:item)*) => {
        $($item)*
    };
}

/// What `discover!` imports under the name of each macro that a listed crate exports.
pub mod taken {
    pub use crate::__taken as name;
}

#[doc(hidden)]
#[macro_export]
macro_rules! __taken {
    () => {};
}

/// Expands to the place of a macro call, with what the macro knows about the crate.
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

/// Returns the id of a function's type, which no other function has.
#[must_use]
pub fn function_id<F: 'static>(_: &F) -> TypeId {
    TypeId::of::<F>()
}

/// Returns the type of a resource that a check takes. Checks run on any thread, several at once.
#[must_use]
pub const fn health_check_resource_must_be_send_and_sync<T>(written: &'static str) -> ResourceType
where
    T: ?Sized + Send + Sync + 'static,
{
    ResourceType::of::<T>(written)
}

/// Returns the value of a resource that a check takes.
#[must_use]
pub fn health_check_takes<T: ?Sized + Send + Sync + 'static>(resources: &Resources) -> &T {
    resources.get()
}

/// Returns the value of a resource that a check takes as `Option<&T>`.
#[must_use]
pub fn health_check_may_take<T: ?Sized + Send + Sync + 'static>(
    resources: &Resources,
) -> Option<&T> {
    resources.find()
}

/// Wraps what a check returned, for its conversion.
pub fn health_check_must_return_into_health<T: IntoHealth>(output: T) -> CheckOutput<T> {
    CheckOutput(Cell::new(Some(output)))
}

/// The output of a check, to be converted to [`Health`] by the first of the traits in
/// [`conversion`] that its type implements.
///
/// `IntoHealth` for a `Result` has only `E: Display`, which does not show an error's sources.
/// Generated code knows the type, so method resolution can find more: it tries the traits from the
/// one with the most references to the one with none ("autoref specialization").
#[allow(missing_debug_implementations, reason = "it lives for one expression of generated code")]
pub struct CheckOutput<T>(Cell<Option<T>>);

impl<T> CheckOutput<T> {
    fn take(&self) -> T {
        match self.0.take() {
            Some(output) => output,
            None => unreachable!("an output is converted once"),
        }
    }
}

/// The conversions of a [`CheckOutput`] to [`Health`], which generated code imports as a whole.
pub mod conversion {
    pub use super::ByAnything as _;
    pub use super::ByError as _;
    pub use super::ByErrorInside as _;
    pub use super::ByIntoHealth as _;
}

/// A conversion of an error with its sources.
pub trait ByError {
    /// Converts the output.
    fn to_health(&self) -> Health;
}

impl<T: IntoHealth, E: std::error::Error> ByError for &&&CheckOutput<Result<T, E>> {
    fn to_health(&self) -> Health {
        self.take().map_or_else(|error| Health::from_error(&error), T::into_health)
    }
}

/// A conversion of an error with its sources, from a box that is not an error (`Box<dyn Error>`,
/// `anyhow::Error`).
pub trait ByErrorInside {
    /// Converts the output.
    fn to_health(&self) -> Health;
}

impl<T, E> ByErrorInside for &&CheckOutput<Result<T, E>>
where
    T: IntoHealth,
    E: std::ops::Deref<Target: std::error::Error>,
{
    fn to_health(&self) -> Health {
        self.take().map_or_else(|error| Health::from_error(&*error), T::into_health)
    }
}

/// A conversion of anything else that a check may return.
pub trait ByIntoHealth {
    /// Converts the output.
    fn to_health(&self) -> Health;
}

impl<T: IntoHealth> ByIntoHealth for &CheckOutput<T> {
    fn to_health(&self) -> Health {
        self.take().into_health()
    }
}

/// A conversion that prevents a second error about a type that a check must not return, after that
/// of [`health_check_must_return_into_health`], which says it better.
pub trait ByAnything {
    /// Panics, since it is never called.
    fn to_health(&self) -> Health;
}

impl<T> ByAnything for CheckOutput<T> {
    fn to_health(&self) -> Health {
        unreachable!("a `CheckOutput` holds an `IntoHealth`")
    }
}
