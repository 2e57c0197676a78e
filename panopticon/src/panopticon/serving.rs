//! Whether a part of the service may get requests: the questions of load balancers, which know no
//! more than yes and no.

use std::time::Duration;

use tokio::time::Instant;

use super::handle::Panopticon;
use super::selection::{Selection, SelectionError};
use crate::check::{Freshness, duration};

/// The shortest time after which a question is asked again while its answer is watched.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// A question that is answered with yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ServingQuestion {
    /// Is this component healthy or degraded?
    Component(String),
    /// Does the report on this selection pass, as it does over HTTP?
    Report(Selection),
}

/// When a question is asked again while its answer is watched, as of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recurrence {
    /// Until the first of its results is too old.
    pub(super) pause: Duration,
    /// Whether it may also be asked at each transition: results then come from caches that hold for
    /// long enough, or from the background. Never changes.
    pub(super) at_transitions: bool,
}

impl Panopticon {
    /// Answers a question by the same rules as HTTP does.
    ///
    /// # Errors
    ///
    /// If it names something unknown.
    pub(crate) async fn serves(&self, question: &ServingQuestion) -> Result<bool, SelectionError> {
        match question {
            ServingQuestion::Component(name) => Ok(self.check(name).await?.healthy()),
            ServingQuestion::Report(selection) => {
                let report = self.report_for(selection.clone()).await?;
                Ok(report.service_healthy() && !self.drain_fails(&report, selection.probe))
            }
        }
    }

    pub(super) fn recurrence(&self, question: &ServingQuestion) -> Recurrence {
        let checks = &self.shared.checks;
        let selected = match question {
            ServingQuestion::Component(name) => checks.position(name).into_iter().collect(),
            // An unknown selection has no checks that must be asked.
            ServingQuestion::Report(selection) => self.selected(selection).unwrap_or_default(),
        };
        let now = Instant::now();
        let mut shortest_cache = Duration::MAX;
        let mut pause = Duration::MAX;
        for (freshness, last) in checks.freshness_of(&selected) {
            pause = pause.min(match freshness {
                Freshness::OnDemand { cache } => {
                    shortest_cache = shortest_cache.min(cache);
                    // It may have been cached when the question was asked.
                    let left = last.map(|last| (last + cache).saturating_duration_since(now));
                    left.filter(|left| !left.is_zero()).unwrap_or(cache)
                }
                // Looking at such a result costs nothing, and new ones may stop coming.
                Freshness::Scheduled { .. } => Duration::ZERO,
            });
        }
        let at_transitions = shortest_cache >= SHORTEST_PAUSE;
        Recurrence { pause: pause.clamp(SHORTEST_PAUSE, duration::MAX), at_transitions }
    }
}
