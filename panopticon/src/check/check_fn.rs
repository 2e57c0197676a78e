//! The function or closure of a check.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::resources::Resources;
use crate::health::Health;

/// A run of an async check.
pub(crate) type HealthFuture = Pin<Box<dyn Future<Output = Health> + Send>>;

/// The function or closure that a run of a check calls.
#[derive(Clone)]
pub enum CheckFn {
    /// An annotated `async fn`, which runs as a task.
    Async(fn(Arc<Resources>) -> HealthFuture),
    /// An annotated `fn`, which runs on a thread that it may block.
    Blocking(fn(&Resources) -> Health),
    /// A closure that makes a future, which runs as a task.
    AsyncClosure(Arc<dyn Fn() -> HealthFuture + Send + Sync>),
    /// A closure that runs on a thread that it may block.
    BlockingClosure(Arc<dyn Fn() -> Health + Send + Sync>),
}

impl CheckFn {
    /// Returns whether a run is a task, and needs no thread of its own.
    pub(crate) fn is_async(&self) -> bool {
        matches!(self, Self::Async(_) | Self::AsyncClosure(_))
    }
}

impl fmt::Debug for CheckFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_async() { "an async check" } else { "a blocking check" })
    }
}
