//! Reports that need no run, kept for as long as they stay the same.
//!
//! A report holds until the first of its results is too old, or until a result or an override changes:
//! `monitored_check.rs` and `overrides.rs` then [invalidate](ReportCache::invalidate) all reports.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::check::Probe;
use crate::report::Report;

/// The last report on everything and on each probe, which load balancers and monitors ask for again
/// and again. Other selections are too many to keep.
#[derive(Default)]
pub(crate) struct ReportCache {
    reports: [Mutex<Option<CachedReport>>; 1 + Probe::ALL.len()],
    invalidations: AtomicU64,
}

struct CachedReport {
    report: Report,
    /// The number of invalidations before it was requested.
    invalidations: u64,
    valid_until: Instant,
}

/// The components that a cached report covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportScope {
    Everything,
    /// All that answer the probe.
    Probe(Probe),
}

impl ReportScope {
    pub(crate) fn probe(self) -> Option<Probe> {
        match self {
            Self::Everything => None,
            Self::Probe(probe) => Some(probe),
        }
    }
}

/// A question that the cache could not answer.
#[derive(Clone, Copy)]
pub(crate) struct CacheMiss {
    pub(crate) scope: ReportScope,
    invalidations: u64,
}

impl ReportCache {
    /// Makes every report outdated. Must be called while the component that changes is locked: a
    /// caller who has read the number of invalidations before it asks the component then sees
    /// either the change or another number.
    pub(super) fn invalidate(&self) {
        self.invalidations.fetch_add(1, Ordering::AcqRel);
    }

    /// Returns how often all reports became outdated.
    pub(super) fn invalidations(&self) -> u64 {
        self.invalidations.load(Ordering::Acquire)
    }

    /// Returns the report on a selection, with the current time, if it still holds.
    pub(crate) fn get(&self, scope: ReportScope) -> Result<Report, CacheMiss> {
        let invalidations = self.invalidations();
        if let Some(mut cached) = self.lock(scope) {
            let holds = |cached: &CachedReport| {
                cached.invalidations == invalidations && Instant::now() < cached.valid_until
            };
            if let Some(cached) = cached.as_ref().filter(|cached| holds(cached)) {
                return Ok(cached.report.again());
            }
            let outdated = cached.take();
            drop(cached);
            // Without the lock, since it may be the last to hold many components.
            drop(outdated);
        }
        Err(CacheMiss { scope, invalidations })
    }

    /// Keeps the report that answered a question.
    pub(crate) fn insert(&self, miss: CacheMiss, report: Report, valid_until: Instant) {
        let CacheMiss { scope, invalidations } = miss;
        if let Some(mut cached) = self.lock(scope) {
            let outdated = cached.replace(CachedReport { report, invalidations, valid_until });
            drop(cached);
            drop(outdated);
        }
    }

    fn lock(&self, scope: ReportScope) -> Option<MutexGuard<'_, Option<CachedReport>>> {
        let position = match scope {
            ReportScope::Everything => 0,
            ReportScope::Probe(probe) => 1 + Probe::ALL.iter().position(|&known| known == probe)?,
        };
        Some(self.reports.get(position)?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Returns whether a report is cached if something happens between the question and the answer.
    fn is_cached_after(happens: impl FnOnce(&ReportCache)) -> bool {
        let cache = ReportCache::default();
        let Err(miss) = cache.get(ReportScope::Everything) else { panic!("nothing is cached yet") };
        happens(&cache);
        let valid_until = Instant::now() + Duration::from_secs(3600);
        cache.insert(miss, Report::new(Vec::new(), None), valid_until);
        cache.get(ReportScope::Everything).is_ok()
    }

    #[test]
    fn a_change_during_a_question_outdates_its_report() {
        assert!(is_cached_after(|_| {}));
        assert!(!is_cached_after(ReportCache::invalidate));
    }
}
