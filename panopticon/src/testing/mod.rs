//! For the tests of a service.
#![allow(clippy::test_attr_in_doctest, reason = "the line in it is run, below it")]

mod metadata;
mod unlinked;

use std::collections::BTreeSet;

use self::metadata::Metadata;
use self::unlinked::{Linked, Problem};
use crate::registry::{Entry, REGISTRY};

/// Fails when a crate that this one depends on uses panopticon and has no health check in this
/// binary, and says what to write.
///
/// A dependency that no code names is not linked, and its health checks are missing without a
/// word. [`discover!`](crate::discover) prevents that for the crates that it lists; this one line
/// in the unit tests of the binary, in its `main.rs`, finds those that were forgotten on the list:
///
/// ```
/// #[test]
/// fn all_health_checks_are_linked() {
///     panopticon::testing::assert_all_linked!();
/// }
/// # panopticon::testing::assert_all_linked!();
/// ```
///
/// A crate that uses panopticon for something else than checks of its own is excepted by its name:
/// `assert_all_linked!(except = ["shop_http"])`.
///
/// The dependencies are those that `cargo metadata` tells for the platform and the features that
/// the test is built with: normal ones, direct or not; neither those of tests, of build scripts and
/// of procedural macros, nor the library of the same package. A crate uses panopticon if its
/// manifest names it, so one that has it from another's re-export is not seen. A crate that only
/// the test's code names is linked into the test, but not into the binary.
///
/// Nothing is downloaded, as far as what is needed was, and it was for the test to be built.
///
/// # Panics
///
/// If a crate is missing, if an exception is none, or if `cargo metadata` fails.
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
            "`assert_all_linked!` must have nothing in its parentheses, or exceptions; write \
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
            Entry::Check(check) if !check.origin.module.is_program => {
                linked.modules.push(check.origin.module);
            }
            Entry::ListedCrate(listed) => {
                linked.listed.insert(listed.name);
            }
            _ => {}
        }
    }
    let found = Metadata::read(manifest_dir, features)
        .and_then(|metadata| unlinked::find(&metadata, manifest_dir, &linked, exceptions));
    if let Err(problem) = found {
        panic!("{problem}");
    }
}
