//! The components of a report.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::component::Component;
use super::disclosure::Disclosure;

/// Components sorted by name, and their JSON, which is written once for all reports of them, since
/// reports are requested more often than results change.
pub(crate) struct ComponentList {
    sorted: Vec<Arc<Component>>,
    json: OnceLock<Vec<u8>>,
    #[cfg(feature = "http")]
    health_json: OnceLock<Vec<u8>>,
    #[cfg(feature = "page")]
    digest: OnceLock<u64>,
    authored: DisclosedOnce,
    status_only: DisclosedOnce,
}

/// The components as a reader with less disclosure sees them, made once; `None` if they are the
/// same.
type DisclosedOnce = OnceLock<Option<Arc<ComponentList>>>;

impl ComponentList {
    pub(super) fn sorted(sorted: Vec<Arc<Component>>) -> Self {
        Self {
            sorted,
            json: OnceLock::new(),
            #[cfg(feature = "http")]
            health_json: OnceLock::new(),
            #[cfg(feature = "page")]
            digest: OnceLock::new(),
            authored: DisclosedOnce::new(),
            status_only: DisclosedOnce::new(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Component>> {
        let found = self.sorted.binary_search_by(|component| component.name().cmp(name)).ok()?;
        Some(&self.sorted[found])
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Component)> + Clone {
        self.sorted.iter().map(|component| (component.name(), &**component))
    }

    /// Returns the components as a reader with this disclosure sees them, unless they are the same.
    pub(super) fn disclosed(&self, disclosure: Disclosure) -> Option<&Arc<Self>> {
        let once = match disclosure {
            Disclosure::StatusOnly => &self.status_only,
            Disclosure::Authored => &self.authored,
            Disclosure::Full => return None,
        };
        let disclose = |component: &Arc<Component>| {
            if component.withholds(disclosure) {
                Arc::new(Component::clone(component).disclosed(disclosure))
            } else {
                Arc::clone(component)
            }
        };
        let withholds = || self.sorted.iter().any(|component| component.withholds(disclosure));
        let make = || Arc::new(Self::sorted(self.sorted.iter().map(disclose).collect()));
        once.get_or_init(|| withholds().then(make)).as_ref()
    }

    /// Returns their JSON, which is written by the first call.
    pub(crate) fn json(&self, write: impl FnOnce() -> Vec<u8>) -> &[u8] {
        self.json.get_or_init(write)
    }

    /// Returns their `application/health+json`, which is written by the first call.
    #[cfg(feature = "http")]
    pub(crate) fn health_json(&self, write: impl FnOnce() -> Vec<u8>) -> &[u8] {
        self.health_json.get_or_init(write)
    }

    /// Returns a digest of what readers see, which the first call computes.
    #[cfg(feature = "page")]
    pub(crate) fn digest(&self, compute: impl FnOnce() -> u64) -> u64 {
        *self.digest.get_or_init(compute)
    }
}

impl fmt::Debug for ComponentList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl PartialEq for ComponentList {
    fn eq(&self, other: &Self) -> bool {
        self.sorted == other.sorted
    }
}
