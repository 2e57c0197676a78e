//! How a run of a check ends, and what that comes to.

use std::sync::Arc;

use tokio::time::Instant;

use super::{Cell, Inner, Latest};
use crate::engine::outcome::Outcome;
use crate::engine::thresholds::Observation;
use crate::events::News;
use crate::events::Transition;
use crate::health::Health;
use crate::health::Status;
use crate::report::{Component, Finding};

impl Cell {
    /// Takes what a flight ended in; nothing, where it was given up before.
    pub(crate) fn finish(
        &self,
        number: u64,
        outcome: Outcome,
        news: &News,
    ) -> Option<Arc<Component>> {
        self.locked(news, |inner| {
            let flight = inner.flight.take_if(|flight| flight.number == number)?;
            // That of one which has overrun is too late to be told, but it says that another run
            // may answer in time.
            if !flight.has_overrun {
                let component = self.record(inner, outcome, news);
                return Some(inner.pinned(component));
            }
            if !self.is_scheduled() {
                inner.make_run_due(news);
            }
            None
        })
    }

    /// Gives up a flight whose deadline has passed, unless somebody else has.
    pub(crate) fn overrun(&self, number: u64, news: &News) -> Arc<Component> {
        self.locked(news, |inner| {
            let outcome = inner
                .flight
                .as_mut()
                .filter(|flight| flight.number == number && !flight.has_overrun)
                .map(|flight| {
                    flight.has_overrun = true;
                    flight.run.abort();
                    flight.run.timed_out(flight.answer.has_begun())
                });
            self.recorded_or_latest(inner, outcome, news)
        })
    }

    /// Gives up a flight that will never answer, since its runtime has ended.
    pub(crate) fn lost(&self, number: u64, news: &News) -> Arc<Component> {
        self.locked(news, |inner| {
            let lost =
                inner.flight.take_if(|flight| flight.number == number && !flight.has_overrun);
            let outcome = lost.map(|_| {
                let message = "not checked: the runtime that health checks run on has shut down";
                Outcome::now(Health::unhealthy(message), Instant::now())
            });
            self.recorded_or_latest(inner, outcome, news)
        })
    }

    fn recorded_or_latest(
        &self,
        inner: &mut Inner,
        outcome: Option<Outcome>,
        news: &News,
    ) -> Arc<Component> {
        let component = match (outcome, &inner.latest) {
            (Some(outcome), _) => self.record(inner, outcome, news),
            (None, Some(latest)) => Arc::clone(&latest.component),
            // Out of reach: who gave the flight up has recorded why.
            (None, None) => self.without_result(Status::Unknown, "not checked yet".to_owned()),
        };
        inner.pinned(component)
    }

    pub(crate) fn record(
        &self,
        inner: &mut Inner,
        mut outcome: Outcome,
        news: &News,
    ) -> Arc<Component> {
        let observation = inner.state.observe(outcome.health.status);
        if !outcome.health.status.is_healthy() {
            inner.last_failure = Some(Box::new(outcome.health.clone()));
        } else if observation.damped.is_none() {
            inner.last_failure = None;
        } else if let Some(failure) = &inner.last_failure {
            // It still counts, so it is what is to be read.
            outcome.health = Health::clone(failure);
        }
        let at = outcome.ended;
        let finding = Finding {
            status: observation.reported,
            damped: observation.damped,
            health: outcome.health,
            elapsed: outcome.elapsed,
            checked_at: outcome.checked_at,
        };
        let component = Arc::new(Component::new(&self.check, self.message_key, finding));
        inner.is_run_due = false;
        inner.is_left_out = false;
        inner.latest = Some(Latest { component: Arc::clone(&component), at });
        news.changed();
        news.result(&self.check.name, &component);
        self.announce(observation, &component, news);
        component
    }

    /// Under the lock, so that transitions are announced in the order that they happen in.
    pub(crate) fn announce(&self, observation: Observation, component: &Component, news: &News) {
        if let Some(from) = observation.changed_from {
            news.transition(Transition::new(&self.check, from, observation.reported, component));
        }
    }
}
