//! Checks of every shape, for a crate that denies nearly every lint.

#![allow(
    clippy::unused_async,
    clippy::unnecessary_wraps,
    clippy::trivially_copy_pass_by_ref,
    clippy::must_use_candidate,
    clippy::missing_errors_doc,
    clippy::missing_const_for_fn,
    reason = "these are the user's own to judge; what is generated is what is tested"
)]

use std::io;

use panopticon::{Health, healthcheck};

panopticon::collection!(name = "strict", timeout = "1s");

/// A resource.
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    /// Rows in it.
    pub rows: u8,
}

/// A deprecated resource.
#[deprecated]
#[derive(Debug, Clone, Copy)]
pub struct OldPool;

/// A resource by its trait.
pub trait Store: Send + Sync {
    /// Its name.
    fn name(&self) -> &str;
}

/// Blocks.
#[healthcheck]
pub fn blocking(pool: &Pool, store: &(dyn Store + Send + Sync)) -> Health {
    Health::healthy(store.name()).with("rows", pool.rows)
}

/// Awaits.
#[healthcheck(timeout = "500ms", critical = false, tags = ["queue"])]
pub async fn asynchronous(pool: &Pool, text: &str) -> Result<Health, io::Error> {
    std::future::ready(()).await;
    Ok(Health::healthy(text).with("rows", pool.rows))
}

/// Returns nothing.
#[healthcheck(name = "nothing")]
pub fn unit() {}

/// Returns nothing, asynchronously.
#[healthcheck]
pub async fn unit_later() {}

/// Fails.
#[healthcheck]
pub fn failing() -> Result<(), Box<dyn std::error::Error>> {
    Err("on purpose".into())
}

/// Returns an error that borrows from its parameter.
///
/// Editions differ in when a temporary is dropped.
#[healthcheck]
pub fn borrowed_error(text: &str) -> Result<(), &str> {
    Err(text)
}

/// The same, asynchronously.
#[healthcheck]
pub async fn borrowed_error_later(text: &str) -> Result<(), &str> {
    std::future::ready(()).await;
    Err(text)
}

/// Is deprecated: only the report calls it.
#[deprecated]
#[healthcheck]
pub fn deprecated() {}

/// Takes a deprecated resource.
#[healthcheck]
#[allow(deprecated, reason = "until the pool is replaced")]
pub async fn takes_deprecated(_pool: &OldPool) {}

#[healthcheck]
fn private(_: &Pool) {}

/// Has a check inside of it.
pub fn nested() {
    #[healthcheck]
    fn in_a_function() {}
}

/// Names that are not identifiers.
#[healthcheck(name = "Strict.read-only_2")]
pub fn spelled() {}

/// Checks of a module.
pub mod inner {
    use panopticon::{Health, healthcheck};

    panopticon::collection!(
        name = "Strict.inner-most",
        timeout = "2s",
        critical = false,
        tags = ["inner", "most"],
        crate = panopticon
    );

    #[healthcheck(crate = panopticon)]
    pub(crate) fn of_a_module(pool: &super::Pool) -> Health {
        Health::degraded("module").with("rows", pool.rows)
    }

    mod innermost {
        use panopticon::collection;

        collection!(name = "innermost");

        #[panopticon::healthcheck]
        pub(super) async fn of_a_private_module() {
            const fn in_a_function_of_a_module() {
                #[panopticon::healthcheck]
                fn in_a_function_of_a_function() {}
            }
            in_a_function_of_a_module();
        }
    }
}
