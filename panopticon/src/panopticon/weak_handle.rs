//! A handle that does not keep the service alive, for threads of ours.

#[cfg(feature = "server")]
use std::future::Future;
use std::sync::{Arc, Weak};

use tokio::runtime::Handle;

use super::handle::{Panopticon, Shared};
use crate::engine::DropElsewhere;

/// A handle that does not keep the service alive.
#[derive(Clone)]
pub(crate) struct WeakHandle(Weak<Shared>);

/// A temporary handle. If it turns out to be the last one, the service, with the resources of its
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
    pub(crate) fn downgrade(&self) -> WeakHandle {
        WeakHandle(Arc::downgrade(&self.shared))
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
    pub(crate) fn runtime_for_server(&self) -> Result<Option<Handle>, String> {
        self.shared.runtimes.for_server()
    }
}
