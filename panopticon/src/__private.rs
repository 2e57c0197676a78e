//! What generated code and the program `panopticon` call. It is not public: anything here may
//! change in any release. Names that appear in compiler errors read as sentences.

use std::any::TypeId;
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::ops::Deref;

use crate::check::{HealthFuture, ResourceType, Resources};
use crate::health::{Health, IntoHealth};

pub use linkme;
pub use panopticon_macros::features;
pub use std::time::Duration;

pub use crate::check::{CheckFn, CheckOptions, Dependency, HealthCheck, Module, Origin, Probe};
pub use crate::check::{Collection, ListedCrate};
#[cfg(feature = "datadog")]
pub use crate::datadog::timer::{FunctionTimer, Unit, time_until_dropped};
#[cfg(feature = "cli")]
pub use crate::exec_probe::command_line;
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

/// Wraps what a check returned, for the conversion of its error.
pub fn health_check_returned<T>(output: T) -> CheckOutput<T> {
    CheckOutput(Cell::new(Some(Ok(output))))
}

/// Returns the health of a check whose output has no error that is still to be converted, or one
/// that [`IntoHealth`] converts.
#[allow(clippy::needless_pass_by_value, reason = "nothing is left in it")]
pub fn health_check_must_return_into_health<T: IntoHealth>(output: CheckOutput<T>) -> Health {
    output.take().into_health()
}

/// The output of a check, or the health that its error was converted into by the first of the
/// traits in [`conversion`] that its type implements.
///
/// `IntoHealth` for a `Result` accepts only errors that can be boxed with their sources. Generated
/// code knows the type, so method resolution can find more: it tries the traits from the one with
/// the most references to the one with none ("autoref specialization"). Each conversion removes one
/// `Result`. Generated code makes two, for a result in that of a timeout.
#[allow(missing_debug_implementations, reason = "it lives for one expression of generated code")]
pub struct CheckOutput<T>(Cell<Option<Result<T, Health>>>);

impl<T> CheckOutput<T> {
    fn take(&self) -> Result<T, Health> {
        match self.0.take() {
            Some(output) => output,
            None => unreachable!("an output is converted once"),
        }
    }
}

impl<T, E> CheckOutput<Result<T, E>> {
    fn convert_error(&self, to_health: impl FnOnce(E) -> Health) -> CheckOutput<T> {
        let output = self.take().and_then(|result| result.map_err(to_health));
        CheckOutput(Cell::new(Some(output)))
    }
}

/// The conversions of the error in a [`CheckOutput`], which generated code imports as a whole.
pub mod conversion {
    pub use super::ByAnything as _;
    pub use super::ByDisplay as _;
    pub use super::ByError as _;
    pub use super::ByErrorInside as _;
}

/// A conversion of an error with its sources.
pub trait ByError<T> {
    /// Converts the error.
    fn error_to_health(&self) -> CheckOutput<T>;
}

impl<T, E: Error> ByError<T> for &&&CheckOutput<Result<T, E>> {
    fn error_to_health(&self) -> CheckOutput<T> {
        self.convert_error(|error| Health::from_error(&error))
    }
}

/// A conversion of an error with its sources, from a box that is not an error (`Box<dyn Error>`,
/// `anyhow::Error`).
pub trait ByErrorInside<T> {
    /// Converts the error.
    fn error_to_health(&self) -> CheckOutput<T>;
}

impl<T, E: Deref<Target: Error>> ByErrorInside<T> for &&CheckOutput<Result<T, E>> {
    fn error_to_health(&self) -> CheckOutput<T> {
        self.convert_error(|error| Health::from_error(&*error))
    }
}

/// A conversion of anything else that has a text.
pub trait ByDisplay<T> {
    /// Converts the error.
    fn error_to_health(&self) -> CheckOutput<T>;
}

impl<T, E: fmt::Display> ByDisplay<T> for &CheckOutput<Result<T, E>> {
    fn error_to_health(&self) -> CheckOutput<T> {
        // In the alternate form, some types show their sources.
        self.convert_error(|error| Health::from_error_text(format!("{error:#}")))
    }
}

/// The conversion of what has no such error, which leaves the output as it is.
pub trait ByAnything<T> {
    /// Returns the output.
    fn error_to_health(&self) -> CheckOutput<T>;
}

impl<T> ByAnything<T> for CheckOutput<T> {
    fn error_to_health(&self) -> CheckOutput<T> {
        CheckOutput(Cell::new(Some(self.take())))
    }
}
