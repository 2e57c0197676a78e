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
    /// The path below which the z-pages are served, unless they are switched off.
    z_pages: Option<String>,
    handle: OnceLock<Panopticon>,
}

impl PendingHandle {
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn z_pages(&self) -> Option<&str> {
        self.z_pages.as_deref()
    }

    /// Returns the handle, once `build()` has succeeded.
    pub(crate) fn get(&self) -> Option<&Panopticon> {
        self.handle.get()
    }

    pub(super) fn resolve(&self, health: Panopticon) {
        // Called once, since `build()` consumes the builder.
        let _ = self.handle.set(health);
    }

    /// Returns a problem for each path that has changed since a service was created.
    pub(super) fn path_problems(&self, settings: &Settings) -> impl Iterator<Item = Problem> {
        let (served, path) = (&self.path, &settings.path);
        let moved = (served != path).then(|| {
            format!(
                "the builder's `path` must not change after `router` or `http_service`, which \
                 serve the report at {served}, but is now {path}; set it first"
            )
        });
        let shown = |z_pages: &Option<String>| z_pages.clone().unwrap_or_else(|| "off".to_owned());
        let z_pages_moved = (self.z_pages != settings.z_pages).then(|| {
            format!(
                "the builder's `z_pages` must not change after `router` or `http_service`, but was {} \
                 and is now {}; set it first",
                shown(&self.z_pages),
                shown(&settings.z_pages)
            )
        });
        let messages = [moved, z_pages_moved].into_iter().flatten();
        messages.map(|message| Problem::new(ProblemKind::InvalidSetting, [], message))
    }
}

impl Builder {
    /// Returns the handle that [`build`](Self::build) will return, and fixes the paths.
    pub(crate) fn pending_handle(&mut self) -> Arc<PendingHandle> {
        let pending = self.pending_handle.get_or_insert_with(|| {
            // What is wrong with the settings is reported by `build()`.
            let (settings, _) = self.settings.clone().settle_in_process();
            let Settings { path, z_pages, .. } = settings;
            Arc::new(PendingHandle { path, z_pages, handle: OnceLock::new() })
        });
        Arc::clone(pending)
    }
}
