//! The tokio runtimes that health checks run on.

use std::panic::catch_unwind;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

/// Where runs go, and where a report is put together that was asked for outside of tokio.
pub(super) struct Runtimes {
    /// The one that `build()` was called on: the service's own, where the connections live that
    /// checks use. A check that ran elsewhere could succeed while the service is stuck.
    service: Option<Handle>,
    /// Made when it is needed, for programs without a runtime.
    own: OnceLock<Result<Runtime, String>>,
}

impl Runtimes {
    pub(super) fn around_build() -> Self {
        Self { service: Handle::try_current().ok(), own: OnceLock::new() }
    }

    /// The runtime for runs: the service's, else the caller's, else our own.
    pub(super) fn for_runs(&self) -> Result<Handle, String> {
        match &self.service {
            Some(service) => Ok(service.clone()),
            None => Handle::try_current().or_else(|_| self.own().cloned()),
        }
    }

    /// Our own runtime, which keeps time whatever the caller's can do.
    pub(super) fn own(&self) -> Result<&Handle, String> {
        let own = self.own.get_or_init(|| {
            Builder::new_multi_thread()
                // Two, so that an async check which blocks its thread does not hold up the rest.
                .worker_threads(2)
                .thread_name("panopticon")
                .enable_all()
                .build()
                .map_err(|error| format!("no runtime can be started for health checks: {error}"))
        });
        own.as_ref().map(Runtime::handle).map_err(String::clone)
    }
}

impl Drop for Runtimes {
    fn drop(&mut self) {
        if let Some(Ok(own)) = self.own.take() {
            // Waiting for it would panic where the last handle is dropped in an async context.
            own.shutdown_background();
        }
    }
}

/// Whether the caller is on a tokio runtime whose clock is on. Without one, a timeout panics.
pub(super) fn can_keep_time() -> bool {
    // Tokio has no other way to ask.
    Handle::try_current().is_ok() && catch_unwind(|| tokio::time::sleep(Duration::ZERO)).is_ok()
}
