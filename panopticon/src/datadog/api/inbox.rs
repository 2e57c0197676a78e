//! What was accepted and not collected yet: the one place where callers and the thread meet.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::aggregator::{Aggregate, Full, RolledUp};
use super::payload::{Endpoint, Item};
use super::random::Random;
use crate::datadog::metric::Sample;
use crate::datadog::unix_time::unix_seconds;

/// The most events that wait, until they are sent or dropped.
const MAX_EVENTS: u64 = 1_000;

/// The most service checks that wait, until they are sent or dropped.
const MAX_SERVICE_CHECKS: u64 = 10_000;

/// How long is waited at once, since not every platform can wait for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

#[derive(Debug)]
pub(super) struct Inbox {
    state: Mutex<State>,
    /// There is something for the thread to do.
    called: Condvar,
    /// A flush may be done.
    flushed: Condvar,
}

#[derive(Debug)]
struct State {
    aggregate: Aggregate,
    service_checks: Stack,
    events: Stack,
    flushes_wanted: u64,
    flushes_done: u64,
    /// The last client is gone.
    is_closed: bool,
    /// Why nothing is accepted any more.
    ended: Option<String>,
}

#[derive(Debug)]
struct Stack {
    items: Vec<Item>,
    /// How many wait, those among them that were collected.
    waiting: u64,
    max: u64,
}

/// What was collected.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) rolled_up: Vec<RolledUp>,
    pub(super) items: Vec<(Endpoint, Vec<Item>)>,
}

/// What the thread is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wishes {
    pub(super) flushes: u64,
    pub(super) is_closed: bool,
}

impl Inbox {
    pub(super) fn new() -> Self {
        let stack = |max| Stack { items: Vec::new(), waiting: 0, max };
        Self {
            state: Mutex::new(State {
                aggregate: Aggregate::new(Random::new()),
                service_checks: stack(MAX_SERVICE_CHECKS),
                events: stack(MAX_EVENTS),
                flushes_wanted: 0,
                flushes_done: 0,
                is_closed: false,
                ended: None,
            }),
            called: Condvar::new(),
            flushed: Condvar::new(),
        }
    }

    /// Accepts a value, or says why not.
    pub(super) fn sample(&self, sample: &Sample<'_>) -> Result<(), String> {
        let full = {
            let mut state = self.accepting()?;
            // Under the lock, so that time does not go back.
            match state.aggregate.add(now(), sample) {
                Ok(()) => return Ok(()),
                Err(full) => full,
            }
        };
        let name = sample.name;
        Err(match full {
            Full::Series => format!(
                "metric `{name}` is one of more than 10,000 series in ten seconds; use tags of \
                 fewer values"
            ),
            Full::DistributionValues => format!(
                "distribution `{name}` has one of more than 500,000 values in ten seconds; use a \
                 histogram, or the Agent"
            ),
        })
    }

    /// Accepts an event or a service check, or says why not.
    pub(super) fn item(&self, endpoint: Endpoint, item: Item) -> Result<(), String> {
        let mut state = self.accepting()?;
        let stack = match endpoint {
            Endpoint::Events => &mut state.events,
            _ => &mut state.service_checks,
        };
        if stack.waiting >= stack.max {
            let what = if endpoint == Endpoint::Events { "events" } else { "service checks" };
            return Err(format!("{} {what} wait already, and no more do", stack.max));
        }
        stack.waiting += 1;
        stack.items.push(item);
        Ok(())
    }

    /// Asks for a flush and waits for it; false if that takes too long.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let start = Instant::now();
        let mut state = self.lock();
        state.flushes_wanted += 1;
        let wanted = state.flushes_wanted;
        self.called.notify_one();
        loop {
            if state.flushes_done >= wanted {
                return true;
            }
            let left = timeout.saturating_sub(start.elapsed()).min(LONGEST_WAIT);
            if left.is_zero() {
                return false;
            }
            state = self
                .flushed
                .wait_timeout(state, left)
                .map_or_else(|error| error.into_inner().0, |(state, _)| state);
        }
    }

    /// Tells the thread that the last client is gone.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.called.notify_one();
    }

    pub(super) fn wishes(&self) -> Wishes {
        let state = self.lock();
        Wishes { flushes: state.flushes_wanted, is_closed: state.is_closed }
    }

    /// Waits until something is wished for that was not before, or until then.
    pub(super) fn wait(&self, known: Wishes, until: Instant) {
        let mut state = self.lock();
        while state.flushes_wanted == known.flushes && state.is_closed == known.is_closed {
            let left = until.saturating_duration_since(Instant::now()).min(LONGEST_WAIT);
            if left.is_zero() {
                return;
            }
            state = self
                .called
                .wait_timeout(state, left)
                .map_or_else(|error| error.into_inner().0, |(state, _)| state);
        }
    }

    /// Collects what a period that is over has left.
    pub(super) fn collect_past(&self) -> Collected {
        let mut state = self.lock();
        let rolled_up = state.aggregate.take_past(now());
        state.collect(rolled_up)
    }

    /// Collects all that was accepted, and tells which flushes that is for. `None` where it is to
    /// wait, lest the times of points run ahead.
    pub(super) fn collect_all(&self, may_run_ahead: bool) -> Option<(Collected, u64)> {
        let mut state = self.lock();
        if !may_run_ahead && state.aggregate.is_ahead(now()) {
            return None;
        }
        let rolled_up = state.aggregate.take_all();
        let flushes = state.flushes_wanted;
        Some((state.collect(rolled_up), flushes))
    }

    /// Lets as many others wait.
    pub(super) fn settled(&self, endpoint: Endpoint, calls: u64) {
        let mut state = self.lock();
        let stack = match endpoint {
            Endpoint::Events => &mut state.events,
            Endpoint::ServiceChecks => &mut state.service_checks,
            Endpoint::Series | Endpoint::Distributions => return,
        };
        stack.waiting = stack.waiting.saturating_sub(calls);
    }

    /// Tells those who wait that these flushes and all before them are done.
    pub(super) fn flushed(&self, flushes: u64) {
        self.lock().flushes_done = flushes;
        self.flushed.notify_all();
    }

    /// Accepts nothing from now on. How many calls are lost by that.
    pub(super) fn end(&self, problem: &str) -> u64 {
        let mut state = self.lock();
        state.ended.get_or_insert_with(|| problem.to_owned());
        let rolled_up = state.aggregate.take_all();
        let collected = state.collect(rolled_up);
        drop(state);
        let series = collected.rolled_up.iter().flat_map(|rolled_up| &rolled_up.series);
        let items = collected.items.iter().flat_map(|(_, items)| items);
        series.map(|series| series.calls).sum::<u64>() + items.map(|item| item.calls).sum::<u64>()
    }

    fn accepting(&self) -> Result<MutexGuard<'_, State>, String> {
        let state = self.lock();
        match &state.ended {
            Some(problem) => Err(problem.clone()),
            None => Ok(state),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn collect(&mut self, rolled_up: Vec<RolledUp>) -> Collected {
        let mut take = |endpoint| match endpoint {
            Endpoint::Events => (endpoint, std::mem::take(&mut self.events.items)),
            _ => (endpoint, std::mem::take(&mut self.service_checks.items)),
        };
        let items = vec![take(Endpoint::ServiceChecks), take(Endpoint::Events)];
        Collected { rolled_up, items }
    }
}

/// In seconds since 1970.
pub(super) fn now() -> u64 {
    unix_seconds(SystemTime::now())
}
