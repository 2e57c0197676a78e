//! Timed functions of every shape, for a crate that denies nearly every lint.

#![allow(
    clippy::unused_async,
    clippy::manual_async_fn,
    clippy::must_use_candidate,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    redundant_imports,
    reason = "these are the user's own to judge; what is generated is what is tested"
)]

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use panopticon::{Health, healthcheck, track_time};

/// Does nothing.
#[track_time]
pub fn nothing() {}

/// Returns.
#[track_time("strict.number", unit = "us", tags = [("kind", "book")])]
#[must_use = "for its number"]
#[inline]
pub fn number(text: &str) -> Result<u8, std::num::ParseIntError> {
    if text.is_empty() {
        return Ok(0);
    }
    let number: u8 = text.parse()?;
    Ok(number)
}

/// Has items before its statements.
#[track_time]
pub fn items_first() -> u8 {
    #![allow(unused_mut)]
    /// In the function.
    const ONE: u8 = 1;
    use std::convert::identity;

    const fn two() -> u8 {
        2
    }

    let mut three = two() + ONE;
    identity(three)
}

/// Is generic.
#[track_time]
pub fn generic<'a, T, const N: usize>(values: &'a [T; N]) -> impl Iterator<Item = String> + 'a
where
    T: Debug + 'a,
{
    values.iter().map(|value| format!("{value:?}"))
}

/// Is called from elsewhere.
#[track_time]
pub extern "C" fn exported(number: u8) -> u8 {
    number
}

/// Does not return.
#[track_time]
pub fn never() -> ! {
    panic!("never")
}

/// Awaits.
#[track_time]
pub async fn asynchronous(text: &str) -> &str {
    const AFTER: () = ();
    std::future::ready(AFTER).await;
    text
}

/// Returns a future.
#[track_time]
pub fn future() -> impl Future<Output = u8> {
    async { 1 }
}

/// Returns a future in a box.
#[track_time]
pub fn boxed(text: &str) -> Pin<Box<dyn Future<Output = usize> + Send + '_>> {
    Box::pin(async move {
        use std::convert::identity;
        identity(text.len())
    })
}

/// Has methods.
#[derive(Debug, Clone, Copy, Default)]
pub struct Library(u8);

impl Library {
    /// Creates one.
    #[track_time("library.new")]
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes it.
    #[track_time("library.add")]
    pub fn add(&mut self) -> &mut Self {
        self.0 += 1;
        self
    }
}

/// Has a default.
pub trait Shelf {
    /// The default.
    #[track_time]
    fn len(&self) -> u8 {
        1
    }

    /// Another.
    #[track_time("shelf.is_empty")]
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Shelf for Library {
    #[track_time]
    fn len(&self) -> u8 {
        self.0
    }
}

/// Is deprecated.
#[track_time]
#[deprecated]
pub fn deprecated() {}

/// Fulfils an expectation.
#[track_time]
#[expect(unused_variables, reason = "to be seen here, and not to be hidden")]
pub fn expecting(number: u8) {}

/// Is also a health check.
#[healthcheck]
#[track_time("strict.timed_above")]
pub fn timed_above() -> Health {
    Health::healthy("timed")
}

/// Is also a health check.
#[track_time("strict.timed_below")]
#[healthcheck]
pub async fn timed_below() -> Health {
    Health::healthy("timed")
}
