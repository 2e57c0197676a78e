//! One check while it is watched: its run in flight, its last result, its state.

mod ending;
mod known;
mod pin;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

pub(crate) use self::known::Known;
pub(crate) use self::pin::Pin;

use super::answer::{Answer, Answering, awaited};
use crate::check::duration;
use crate::check::{Definition, Freshness};
use crate::engine::run::Run;
use crate::engine::thresholds::State;
use crate::events::News;
use crate::health::Health;
use crate::health::Status;
use crate::report::{Component, MessageKey};

/// A check and what is known of it. The lock is held for a few assignments only, never while
/// anybody else's code runs.
pub(crate) struct Cell {
    pub(crate) check: Definition,
    /// How long a run may take, and before it those that it depends on.
    longest_run: Duration,
    message_key: MessageKey,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    latest: Option<Latest>,
    /// What the last run that failed said, for as long as its failure counts.
    last_failure: Option<Box<Health>>,
    flight: Option<Flight>,
    flights: u64,
    /// Whether the next question is to be answered by a new run, whatever is known.
    is_run_due: bool,
    /// Whether it is known not to be run, for another one is unhealthy.
    is_left_out: bool,
    pin: Option<Box<Pin>>,
}

/// The last result, and when it was there.
struct Latest {
    component: Arc<Component>,
    at: Instant,
}

/// The run in flight.
struct Flight {
    number: u64,
    run: Run,
    answer: Answer,
    has_overrun: bool,
}

/// What there is for somebody who asks.
pub(crate) enum Asked {
    Known(Known),
    UnderWay(Waiting),
}

/// A wait for a flight.
#[derive(Clone)]
pub(crate) struct Waiting {
    pub(crate) number: u64,
    pub(crate) deadline: Instant,
    pub(crate) answer: Answer,
}

/// A flight that is to be started, from [`Cell::ask`]: its number and where its result goes.
pub(crate) struct Start {
    pub(crate) number: u64,
    pub(crate) answering: Answering,
}

/// How long a run of a check may take, with those that have to answer before it.
fn longest_run(index: usize, cells: &[Cell], found: &mut [Option<Duration>]) -> Duration {
    if let Some(found) = found[index] {
        return found;
    }
    let check = &cells[index].check;
    let dependencies = check.dependencies.iter();
    let before = dependencies.map(|&dependency| longest_run(dependency, cells, found)).max();
    *found[index].insert(before.unwrap_or_default() + check.timeout)
}

impl Cell {
    /// The cells of all checks.
    pub(crate) fn of(
        checks: impl Iterator<Item = Definition>,
        message_key: MessageKey,
    ) -> Vec<Self> {
        let mut cells: Vec<Self> = checks.map(|check| Self::new(check, message_key)).collect();
        // Those that a check depends on may stand behind it.
        let mut found = vec![None; cells.len()];
        for index in 0..cells.len() {
            cells[index].longest_run = longest_run(index, &cells, &mut found);
        }
        cells
    }

    fn new(check: Definition, message_key: MessageKey) -> Self {
        let inner = Inner {
            state: State::new(check.thresholds),
            latest: None,
            last_failure: None,
            flight: None,
            flights: 0,
            is_run_due: false,
            is_left_out: false,
            pin: None,
        };
        let longest_run = check.timeout;
        Self { check, longest_run, message_key, inner: Mutex::new(inner) }
    }

    /// Answers from memory, joins the run in flight, or starts one. `start` may refuse to.
    pub(crate) fn ask(
        &self,
        now: Instant,
        news: &News,
        start: impl FnOnce(Start) -> Option<Run>,
    ) -> Asked {
        self.locked(news, |inner| match self.known(inner, now, news) {
            Some(known) => Asked::Known(inner.shown(known)),
            None => self.join_or_start(inner, now, news, start),
        })
    }

    /// As [`ask`](Self::ask), but not content with an answer from memory.
    pub(crate) fn refresh(
        &self,
        now: Instant,
        news: &News,
        start: impl FnOnce(Start) -> Option<Run>,
    ) -> Asked {
        self.locked(news, |inner| self.join_or_start(inner, now, news, start))
    }

    /// What is reported while another one that it depends on is unhealthy. Publishers are told once,
    /// not at the pace of those who ask.
    pub(crate) fn left_out(&self, dependency: &str, now: Instant, news: &News) -> Known {
        let message = format!("not checked: `{dependency}` is unhealthy");
        let component = self.without_result(Status::Unhealthy, message);
        let mut inner = self.lock();
        if !std::mem::replace(&mut inner.is_left_out, true) {
            news.result(&self.check.name, &component);
        }
        inner.shown(Known { component, until: now + duration::MAX })
    }

    /// Says that a scheduled run was left out. Who asks when there is nothing against it any more
    /// need not wait for the next one.
    pub(crate) fn leave_out_run(&self, news: &News) {
        self.lock().make_run_due(news);
    }

    /// Drops the run in flight, for nobody can ask any more.
    pub(crate) fn abandon(&self) {
        if let Some(flight) = &self.lock().flight {
            flight.run.abort();
        }
    }

    /// The run in flight, to be waited for.
    pub(crate) fn in_flight(&self) -> Option<Waiting> {
        let inner = self.lock();
        let flight = inner.flight.as_ref().filter(|flight| !flight.has_overrun)?;
        Some(flight.waiting())
    }

    fn join_or_start(
        &self,
        inner: &mut Inner,
        now: Instant,
        news: &News,
        start: impl FnOnce(Start) -> Option<Run>,
    ) -> Asked {
        match &inner.flight {
            Some(flight) if !flight.has_overrun => return Asked::UnderWay(flight.waiting()),
            Some(flight) if !flight.run.is_over() => {
                let component = self.still_running(inner, now, news);
                return Asked::Known(inner.shown(Known { component, until: now }));
            }
            _ => {}
        }
        inner.flights += 1;
        let number = inner.flights;
        let (answering, answer) = awaited();
        let Some(run) = start(Start { number, answering }) else {
            let message = "not checked: health checks have been shut down".to_owned();
            let component = self.without_result(Status::Unknown, message);
            return Asked::Known(inner.shown(Known { component, until: now }));
        };
        let flight = Flight { number, run, answer, has_overrun: false };
        let waiting = flight.waiting();
        inner.flight = Some(flight);
        Asked::UnderWay(waiting)
    }

    /// What is reported where there was no time to wait for an answer.
    pub(crate) fn unanswered(&self) -> Arc<Component> {
        let message = "no answer before the report's own timeout".to_owned();
        let component = self.without_result(Status::Unknown, message);
        self.lock().pinned(component)
    }

    pub(crate) fn without_result(&self, status: Status, message: String) -> Arc<Component> {
        let component = Component::without_result(&self.check, status, message, self.message_key);
        Arc::new(component)
    }

    fn is_scheduled(&self) -> bool {
        matches!(self.check.freshness, Freshness::Scheduled { .. })
    }

    /// Does something under the lock, and wakes those who wait for transitions after it.
    fn locked<T>(&self, news: &News, action: impl FnOnce(&mut Inner) -> T) -> T {
        let done = action(&mut self.lock());
        news.wake_subscribers();
        done
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it is held; if it did, each field would still be whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn make_run_due(&mut self, news: &News) {
        self.is_run_due = true;
        news.changed();
    }
}

impl Flight {
    fn waiting(&self) -> Waiting {
        Waiting { number: self.number, deadline: self.run.deadline(), answer: self.answer.clone() }
    }
}
