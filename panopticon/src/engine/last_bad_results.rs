//! The bad results that a component continues to show while thresholds damp better ones.

use std::sync::Arc;

use crate::health::{Health, Status};

/// The last bad results, for as long as they may be shown.
#[derive(Default)]
pub(super) struct LastBadResults {
    degraded_or_unhealthy: Option<Arc<Health>>,
    unhealthy: Option<Arc<Health>>,
}

impl LastBadResults {
    /// Takes the latest result and the status that is reported because of it, and returns the
    /// result to show: the latest or, while that is better than the status, the last one that was
    /// at least as bad as the status, and so still counts.
    pub(super) fn shown(&mut self, latest: Health, reported: Status) -> Health {
        if latest.status() != Status::Healthy {
            let latest = Arc::new(latest.clone());
            if latest.status() == Status::Unhealthy {
                self.unhealthy = Some(Arc::clone(&latest));
            }
            self.degraded_or_unhealthy = Some(latest);
        }
        let still_counts = match reported {
            Status::Unhealthy => &self.unhealthy,
            Status::Degraded => &self.degraded_or_unhealthy,
            Status::Unknown => &None,
            Status::Healthy => {
                if latest.status() == Status::Healthy {
                    // Only future results can make it worse.
                    *self = Self::default();
                }
                &None
            }
        };
        match still_counts {
            Some(bad) if latest.status() < reported => Health::clone(bad),
            _ => latest,
        }
    }
}
