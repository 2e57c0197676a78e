//! Assertions for the tests of a service.
#![allow(
    clippy::test_attr_in_doctest,
    reason = "the example calls the macro again outside the test"
)]

mod metadata;
mod unlinked;

use std::collections::BTreeSet;

use self::metadata::CargoMetadata;
use self::unlinked::{Linked, UnlinkedError};
use crate::registry::{REGISTRY, RegistryEntry};

/// Fails if a crate that this one depends on uses panopticon, but has no health check in this
/// binary, and says what to write.
///
/// The linker drops a crate that nothing refers to, and its health checks would silently go
/// missing. [`discover!`](crate::discover) prevents that for the crates that it lists. This one
/// line in the unit tests of the binary, in its `main.rs`, finds crates missing from the list:
///
/// ```
/// #[test]
/// fn all_health_checks_are_linked() {
///     panopticon::testing::assert_all_linked!();
/// }
/// # panopticon::testing::assert_all_linked!();
/// ```
///
/// A crate that uses panopticon, but has no health checks of its own, can be excepted by name:
/// `assert_all_linked!(except = ["shop_http"])`.
///
/// The dependencies are those that `cargo metadata` lists for the platform and the features that
/// the test is built with: normal ones, direct or transitive; not those of tests, build scripts and
/// procedural macros, and not the library of the same package. A crate uses panopticon if its
/// manifest depends on it, so a crate that uses it through a re-export is not found. A crate that
/// only the test's code refers to is linked into the test, but not into the binary.
///
/// Cargo stays offline. It needs the sources of the dependencies of all members of the workspace,
/// while `cargo test -p app` downloads only those of `app`: on a machine without them, such as a
/// fresh one of a CI, run `cargo fetch` first.
///
/// # Panics
///
/// If a crate is missing, if an exception does not use panopticon, or if `cargo metadata` fails.
#[doc(inline)]
pub use crate::__assert_all_linked as assert_all_linked;

#[doc(hidden)]
#[macro_export]
macro_rules! __assert_all_linked {
    () => {
        $crate::testing::assert_all_linked!(except = [])
    };
    (except = [$($name:literal),* $(,)?]) => {
        $crate::testing::__assert_all_linked(
            ::core::env!("CARGO_MANIFEST_DIR"),
            $crate::__private::features!(),
            &[$($name),*],
        )
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "`assert_all_linked!` must have no arguments but exceptions; write \
             `assert_all_linked!(except = [\"shop_http\"])`"
        )
    };
}

#[doc(hidden)]
#[track_caller]
pub fn __assert_all_linked(manifest_dir: &str, features: Option<&[&str]>, exceptions: &[&str]) {
    let mut linked = Linked { modules: Vec::new(), listed: BTreeSet::new() };
    for entry in REGISTRY {
        match entry {
            RegistryEntry::Check(check) if !check.origin.module.is_program => {
                linked.modules.push(check.origin.module);
            }
            RegistryEntry::ListedCrate(listed) => {
                linked.listed.insert(listed.name);
            }
            _ => {}
        }
    }
    let found = CargoMetadata::read(manifest_dir, features)
        .map_err(UnlinkedError::CargoMetadata)
        .and_then(|metadata| unlinked::find(&metadata, manifest_dir, &linked, exceptions));
    if let Err(error) = found {
        panic!("{error}");
    }
}
