//! The handle that a builder will return, for services that it creates before `build()`.

use std::sync::{Arc, OnceLock};

use super::builder::Builder;
use super::handle::Panopticon;
use crate::registry::{Problem, ProblemKind};
use crate::settings::Settings;

/// The handle that `build()` will return. Only services hold it, and no handle does, so a service
/// keeps the checks alive just as one that was created from the handle.
#[derive(Debug)]
pub(crate) struct PendingHandle {
    /// The path of the report.
    path: String,
    handle: OnceLock<Panopticon>,
}

impl PendingHandle {
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Returns the handle, once `build()` has succeeded.
    pub(crate) fn get(&self) -> Option<&Panopticon> {
        self.handle.get()
    }

    pub(super) fn resolve(&self, health: Panopticon) {
        // Called once, since `build()` consumes the builder.
        let _ = self.handle.set(health);
    }

    /// Returns the problem that services were created for a path other than that of these settings.
    pub(super) fn path_problem(&self, settings: &Settings) -> Option<Problem> {
        let (served, path) = (&self.path, &settings.path);
        (served != path).then(|| {
            let message = format!(
                "the builder's `path` must not change after `router` or `http_service`, which \
                 serve the report at {served}, but is now {path}; set it first"
            );
            Problem::new(ProblemKind::InvalidSetting, [], message)
        })
    }
}

impl Builder {
    /// Returns the handle that [`build`](Self::build) will return, and fixes the path.
    pub(crate) fn pending_handle(&mut self) -> Arc<PendingHandle> {
        let pending = self.pending_handle.get_or_insert_with(|| {
            // What is wrong with the settings is reported by `build()`.
            let (settings, _) = self.settings.clone().settle_in_process();
            Arc::new(PendingHandle { path: settings.path, handle: OnceLock::new() })
        });
        Arc::clone(pending)
    }
}
