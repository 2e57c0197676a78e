//! What is said of a check without a run of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Cell, Inner};
use crate::check::Freshness;
use crate::check::duration;
use crate::events::News;
use crate::health::Status;
use crate::report::Component;

/// A component that needs no run, and until when it is the answer, unless
/// [something changes](News::changed) before.
pub(crate) struct Known {
    pub(crate) component: Arc<Component>,
    pub(crate) until: Instant,
}

impl Cell {
    /// What is known without a run.
    pub(crate) fn known(&self, inner: &mut Inner, now: Instant, news: &News) -> Option<Known> {
        if inner.is_run_due {
            return None;
        }
        match self.check.freshness {
            Freshness::Scheduled { interval, .. } => {
                Some(self.scheduled(inner, interval, now, news))
            }
            Freshness::OnDemand { cache } => {
                let latest = inner.latest.as_ref()?;
                let until = latest.at + cache;
                (now < until).then(|| Known { component: Arc::clone(&latest.component), until })
            }
        }
    }

    /// What a scheduled check last ended in, unless that is too old.
    fn scheduled(&self, inner: &mut Inner, interval: Duration, now: Instant, news: &News) -> Known {
        let Some(latest) = &inner.latest else {
            let component = self.without_result(Status::Unknown, "not checked yet".to_owned());
            return Known { component, until: now + duration::MAX };
        };
        let due = interval + self.longest_run + grace(interval);
        let until = latest.at + due;
        if now <= until {
            return Known { component: Arc::clone(&latest.component), until };
        }
        let message = format!(
            "the last result is {} s old, and a new one was due after {} s",
            (now - latest.at).as_secs(),
            due.as_secs()
        );
        let component = self.without_result(Status::Unknown, message);
        let observation = inner.state.forget();
        inner.last_failure = None;
        self.announce(observation, &component, news);
        // Its age is in the message.
        Known { component, until: now }
    }

    /// What is reported while a run has overrun and goes on. For each timeout that passes it is one
    /// failure more, since a component whose check hangs must get past its threshold; by each
    /// question it would be at the pace of those who ask.
    pub(crate) fn still_running(
        &self,
        inner: &mut Inner,
        now: Instant,
        news: &News,
    ) -> Arc<Component> {
        match (&inner.latest, &inner.flight) {
            (Some(latest), _) if now < latest.at + self.check.timeout => {
                Arc::clone(&latest.component)
            }
            (_, Some(flight)) => {
                let outcome = flight.run.still_running(flight.answer.has_begun());
                self.record(inner, outcome, news)
            }
            // Out of reach: there is a run in flight.
            (_, None) => self.without_result(Status::Unknown, "not checked yet".to_owned()),
        }
    }
}

/// How late a scheduled run may be, beside its interval and its timeout, until its last result is
/// no longer shown: a tenth of the interval, by which runs are moved, and a second.
fn grace(interval: Duration) -> Duration {
    interval / 10 + Duration::from_secs(1)
}
