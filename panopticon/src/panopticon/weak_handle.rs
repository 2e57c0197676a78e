//! Handles that do not keep the service alive.

use std::fmt;
#[cfg(feature = "server")]
use std::future::Future;
use std::sync::{Arc, OnceLock, Weak};

use super::handle::{Panopticon, Shared};
use crate::engine::DropElsewhere;
use crate::report::Report;

/// A handle to a service's health checks that does not keep them alive, for what lives as long as the
/// process does: a publisher, or a callback of a metrics library. From
/// [`Panopticon::downgrade`], and from [`Builder::publish_with`](crate::Builder::publish_with) even
/// before there are health checks to refer to.
#[derive(Clone)]
pub struct WeakPanopticon {
    /// Set at the end of `build()`.
    handle: Arc<OnceLock<WeakHandle>>,
}

impl WeakPanopticon {
    /// Returns a handle that refers to nothing until [`resolve`](Self::resolve).
    pub(super) fn pending() -> Self {
        Self { handle: Arc::new(OnceLock::new()) }
    }

    pub(super) fn resolve(&self, health: &Panopticon) {
        // There is only one `build()`.
        let _ = self.handle.set(health.weak());
    }

    /// Returns the last results without running any check; see
    /// [`Panopticon::latest_report`]. Returns `None` until `build()` has succeeded, and once the last
    /// [`Panopticon`] has been dropped.
    #[must_use]
    pub fn latest_report(&self) -> Option<Report> {
        self.with(Panopticon::latest_report)
    }

    /// Returns what `read` returns, unless there is no service to read from.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Panopticon) -> T) -> Option<T> {
        let held = self.handle.get()?.upgrade()?;
        // Dropped before what holds it.
        let health = held.handle()?;
        Some(read(&health))
    }
}

impl fmt::Debug for WeakPanopticon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakPanopticon").finish_non_exhaustive()
    }
}

/// A handle of our own that does not keep the service alive.
#[derive(Clone)]
pub(crate) struct WeakHandle(Weak<Shared>);

/// A handle on a thread of ours. If it turns out to be the last one, the service, with the resources of its
/// checks, is dropped on another thread.
pub(crate) struct HeldHandle(DropElsewhere<Shared>);

impl WeakHandle {
    /// Returns a handle, unless the last one has been dropped.
    pub(crate) fn upgrade(&self) -> Option<HeldHandle> {
        DropElsewhere::upgrade(&self.0).map(HeldHandle)
    }
}

impl HeldHandle {
    /// Returns the handle. It must be dropped before this is.
    pub(crate) fn handle(&self) -> Option<Panopticon> {
        self.0.get().map(|shared| Panopticon { shared: Arc::clone(shared) })
    }
}

impl Panopticon {
    /// Returns a handle that does not keep the health checks alive.
    ///
    /// ```
    /// use panopticon::{CheckOptions, Panopticon};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), panopticon::BuildError> {
    /// let health = Panopticon::empty().check("database", CheckOptions::new(), || async {}).build()?;
    /// health.report().await;
    ///
    /// let weak = health.downgrade();
    /// assert!(weak.latest_report().is_some_and(|report| report.service_healthy()));
    /// drop(health);
    /// assert!(weak.latest_report().is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn downgrade(&self) -> WeakPanopticon {
        let weak = WeakPanopticon::pending();
        weak.resolve(self);
        weak
    }

    pub(crate) fn weak(&self) -> WeakHandle {
        WeakHandle(Arc::downgrade(&self.shared))
    }

    /// Returns a handle that keeps the service alive, and can be dropped on any thread.
    #[cfg(all(feature = "systemd", unix))]
    pub(crate) fn hold(&self) -> HeldHandle {
        HeldHandle(DropElsewhere::new(Arc::clone(&self.shared)))
    }

    /// Completes when the last handle has been dropped. The future does not keep the service alive.
    #[cfg(feature = "server")]
    pub(crate) fn all_dropped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut changes = self.shared.drain.subscribe();
        async move {
            // The sender is dropped with the last handle.
            let _ = changes.wait_for(|_| false).await;
        }
    }

    /// Returns the runtime that questions from a runtime of ours must enter, so that async checks
    /// run there; `None` if the service has a runtime for them.
    ///
    /// # Errors
    ///
    /// If it cannot be started; the error says why.
    #[cfg(any(
        feature = "grpc",
        feature = "heartbeat",
        feature = "server",
        all(feature = "systemd", unix)
    ))]
    pub(crate) fn surface_runtime(&self) -> Result<crate::engine::SurfaceRuntime, String> {
        self.shared.runtimes.for_surface()
    }
}
