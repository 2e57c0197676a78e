//! Checks of every shape, for a crate that denies its own code nearly everything.

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

/// A resource that is not in use any more.
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

/// Answers with nothing.
#[healthcheck(name = "nothing")]
pub fn unit() {}

/// Answers with nothing, later.
#[healthcheck]
pub async fn unit_later() {}

/// Fails.
#[healthcheck]
pub fn failing() -> Result<(), Box<dyn std::error::Error>> {
    Err("on purpose".into())
}

/// Fails with what it took.
///
/// In every edition, for these differ in when a temporary is dropped.
#[healthcheck]
pub fn borrowed_error(text: &str) -> Result<(), &str> {
    Err(text)
}

/// The same, later.
#[healthcheck]
pub async fn borrowed_error_later(text: &str) -> Result<(), &str> {
    std::future::ready(()).await;
    Err(text)
}

/// Is not to be called, but by the report.
#[deprecated]
#[healthcheck]
pub fn deprecated() {}

/// Takes what is deprecated.
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

/// Names that no identifier could be.
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
