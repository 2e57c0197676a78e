//! One check while it is watched: its run in flight, its last result, its state.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::answer::{Answer, Answering, awaited};
use super::news::News;
use super::transition::Transition;
use crate::duration;
use crate::health::Health;
use crate::registry::{Check, Freshness};
use crate::report::{Component, MessageKey, Outcome};
use crate::run::Run;
use crate::state::{Observation, State};
use crate::status::Status;

/// A check and what is known of it. The lock is held for a few assignments only, never while
/// anybody else's code runs.
pub(super) struct Cell {
    pub(super) check: Check,
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

/// What an operator says in the check's place.
pub(super) struct Pin {
    pub(super) status: Status,
    pub(super) reason: String,
    pub(super) until: SystemTime,
    /// The same as `until`, by a clock that nobody sets.
    pub(super) ends: Instant,
}

/// What there is for somebody who asks.
pub(super) enum Asked {
    Known(Known),
    UnderWay(Waiting),
}

/// A component that needs no run, and until when it is the answer, unless
/// [something changes](News::changed) before.
pub(super) struct Known {
    pub(super) component: Arc<Component>,
    pub(super) until: Instant,
}

/// A wait for a flight.
#[derive(Clone)]
pub(super) struct Waiting {
    pub(super) number: u64,
    pub(super) deadline: Instant,
    pub(super) answer: Answer,
}

/// A flight that is to be started, from [`Cell::ask`]: its number and where its result goes.
pub(super) struct Start {
    pub(super) number: u64,
    pub(super) answering: Answering,
}

/// How late a scheduled run may be, beside its interval and its timeout, until its last result is
/// no longer shown: a tenth of the interval, by which runs are moved, and a second.
fn grace(interval: Duration) -> Duration {
    interval / 10 + Duration::from_secs(1)
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
    pub(super) fn of(checks: impl Iterator<Item = Check>, message_key: MessageKey) -> Vec<Self> {
        let mut cells: Vec<Self> = checks.map(|check| Self::new(check, message_key)).collect();
        // Those that a check depends on may stand behind it.
        let mut found = vec![None; cells.len()];
        for index in 0..cells.len() {
            cells[index].longest_run = longest_run(index, &cells, &mut found);
        }
        cells
    }

    fn new(check: Check, message_key: MessageKey) -> Self {
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
    pub(super) fn ask(
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
    pub(super) fn refresh(
        &self,
        now: Instant,
        news: &News,
        start: impl FnOnce(Start) -> Option<Run>,
    ) -> Asked {
        self.locked(news, |inner| self.join_or_start(inner, now, news, start))
    }

    /// What is reported while another one that it depends on is unhealthy. Publishers are told once,
    /// not at the pace of those who ask.
    pub(super) fn left_out(&self, dependency: &str, now: Instant, news: &News) -> Known {
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
    pub(super) fn leave_out_run(&self, news: &News) {
        self.lock().make_run_due(news);
    }

    /// Drops the run in flight, for nobody can ask any more.
    pub(super) fn abandon(&self) {
        if let Some(flight) = &self.lock().flight {
            flight.run.abort();
        }
    }

    /// The run in flight, to be waited for.
    pub(super) fn in_flight(&self) -> Option<Waiting> {
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

    /// What is reported while a run has overrun and goes on. For each timeout that passes it is one
    /// failure more, since a component whose check hangs must get past its threshold; by each
    /// question it would be at the pace of those who ask.
    fn still_running(&self, inner: &mut Inner, now: Instant, news: &News) -> Arc<Component> {
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

    /// What is known without a run.
    fn known(&self, inner: &mut Inner, now: Instant, news: &News) -> Option<Known> {
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

    /// Takes what a flight ended in; nothing, where it was given up before.
    pub(super) fn finish(
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
    pub(super) fn overrun(&self, number: u64, news: &News) -> Arc<Component> {
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
    pub(super) fn lost(&self, number: u64, news: &News) -> Arc<Component> {
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

    fn record(&self, inner: &mut Inner, mut outcome: Outcome, news: &News) -> Arc<Component> {
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
        let component =
            Arc::new(Component::new(&self.check, outcome, observation, self.message_key));
        inner.is_run_due = false;
        inner.is_left_out = false;
        inner.latest = Some(Latest { component: Arc::clone(&component), at });
        news.changed();
        news.result(&self.check.name, &component);
        self.announce(observation, &component, news);
        component
    }

    /// Under the lock, so that transitions are announced in the order that they happen in.
    fn announce(&self, observation: Observation, component: &Component, news: &News) {
        if let Some(from) = observation.changed_from {
            news.transition(Transition::new(&self.check, from, observation.reported, component));
        }
    }

    /// Pins the component to a status until `ends`.
    pub(super) fn pin(&self, pin: Pin, news: &News) {
        let mut inner = self.lock();
        inner.pin = Some(Box::new(pin));
        news.changed();
    }

    /// Ends a pin before its time; false where there is none.
    pub(super) fn unpin(&self, news: &News) -> bool {
        let mut inner = self.lock();
        let pin = inner.pin.take();
        news.changed();
        pin.is_some_and(|pin| pin.is_active())
    }

    /// What is reported where there was no time to wait for an answer.
    pub(super) fn unanswered(&self) -> Arc<Component> {
        let message = "no answer before the report's own timeout".to_owned();
        let component = self.without_result(Status::Unknown, message);
        self.lock().pinned(component)
    }

    pub(super) fn without_result(&self, status: Status, message: String) -> Arc<Component> {
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

    fn shown(&mut self, known: Known) -> Known {
        let component = self.pinned(known.component);
        let until = self.pin.as_ref().map_or(known.until, |pin| known.until.min(pin.ends));
        Known { component, until }
    }

    fn pinned(&mut self, component: Arc<Component>) -> Arc<Component> {
        self.pin.take_if(|pin| !pin.is_active());
        match &self.pin {
            Some(pin) => Arc::new(component.pinned_to(pin.status, pin.reason.clone(), pin.until)),
            None => component,
        }
    }
}

impl Pin {
    fn is_active(&self) -> bool {
        Instant::now() < self.ends
    }
}

impl Flight {
    fn waiting(&self) -> Waiting {
        Waiting { number: self.number, deadline: self.run.deadline(), answer: self.answer.clone() }
    }
}
