//! The last results of all checks, read without running any.

use std::fmt;
#[cfg(feature = "prometheus")]
use std::sync::OnceLock;
#[cfg(feature = "page")]
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

#[cfg(feature = "prometheus")]
use bytes::Bytes;

use super::handle::Panopticon;
#[cfg(any(feature = "metrics", feature = "page", feature = "prometheus"))]
use crate::engine::LastKnown;
use crate::engine::Snapshot;
use crate::report::Report;

/// The last results of all checks, whether the service drains, and the texts written from them,
/// which are reused by later scrapes while nothing changes.
pub(crate) struct Latest {
    /// Made from the last results by the same rules as any other report.
    pub(crate) report: Report,
    snapshot: Snapshot,
    /// Distinguishes it from all others of this process, so that a reader knows whether it has
    /// changed.
    #[cfg(feature = "page")]
    pub(crate) number: u64,
    /// In each of the two formats, with and without the description of the service.
    #[cfg(feature = "prometheus")]
    texts: [OnceLock<Bytes>; 4],
}

/// The number of the next [`Latest`].
#[cfg(feature = "page")]
static NUMBER: AtomicU64 = AtomicU64::new(0);

impl Latest {
    /// Returns what is known about each check, sorted by name.
    #[cfg(any(feature = "metrics", feature = "page", feature = "prometheus"))]
    pub(crate) fn checks(&self) -> &[LastKnown] {
        &self.snapshot.checks
    }

    /// Returns the same without any result, as it is once nothing checks the components.
    #[cfg(feature = "metrics")]
    pub(crate) fn without_results(&self) -> Self {
        let snapshot = self.snapshot.without_results();
        let is_draining = self.report.is_draining();
        Self::new(snapshot, is_draining)
    }

    fn new(snapshot: Snapshot, is_draining: bool) -> Self {
        let components = snapshot.checks.iter().map(|check| Arc::clone(&check.component)).collect();
        let report = Report::new(components, None);
        let report = if is_draining { report.draining(false) } else { report };
        Self {
            report,
            snapshot,
            #[cfg(feature = "page")]
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            #[cfg(feature = "prometheus")]
            texts: Default::default(),
        }
    }

    /// Returns one of the texts, which the first call writes.
    #[cfg(feature = "prometheus")]
    pub(crate) fn text(&self, number: usize, write: impl FnOnce() -> Bytes) -> Bytes {
        self.texts[number].get_or_init(write).clone()
    }
}

impl fmt::Debug for Latest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latest").field("report", &self.report).finish_non_exhaustive()
    }
}

impl Panopticon {
    /// Returns the last results of all components, without running any check, for readers that must
    /// cause no load, such as the callback of a metrics library.
    ///
    /// A component is `unknown` if its last result is older than it should be: of a check with an
    /// interval, as in a [`report`](Self::report); of any other, if it is older than a minute and than
    /// its `cache`, unless only the startup probe asks for it.
    #[must_use]
    pub fn latest_report(&self) -> Report {
        self.latest().report.again()
    }

    /// Returns what is known about all checks, by the rules of [`latest_report`](Self::latest_report).
    pub(crate) fn latest(&self) -> Arc<Latest> {
        let shared = &*self.shared;
        let checks = &shared.checks;
        let is_draining = self.is_draining();
        let mut kept = shared.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(latest) = &*kept {
            if latest.report.is_draining() == is_draining && checks.is_current(&latest.snapshot) {
                return Arc::clone(latest);
            }
        }
        let latest = Arc::new(Latest::new(checks.snapshot(), is_draining));
        *kept = Some(Arc::clone(&latest));
        latest
    }
}
