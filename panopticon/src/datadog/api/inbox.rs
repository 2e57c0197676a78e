//! The inbox: accepted calls that the worker has not collected yet. Callers and the worker's thread
//! share nothing else.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::aggregator::{Aggregator, LimitExceeded, Rollup};
use super::payload::{Endpoint, Item};
use crate::datadog::metric::{Sample, Tags};
use crate::datadog::random::Random;
use crate::datadog::unix_time::unix_seconds;

/// The maximum number of events waiting to be sent or dropped.
const MAX_EVENTS: u64 = 1_000;

/// The maximum number of service checks waiting to be sent or dropped.
const MAX_SERVICE_CHECKS: u64 = 10_000;

#[derive(Debug)]
pub(super) struct Inbox {
    state: Mutex<InboxState>,
    /// Wakes the worker.
    signaled: Condvar,
    /// Wakes callers of `flush`.
    flushed: Condvar,
}

#[derive(Debug)]
struct InboxState {
    aggregator: Aggregator,
    service_checks: BoundedItems,
    events: BoundedItems,
    flushes_requested: u64,
    flushes_done: u64,
    /// Whether the last client was dropped.
    is_closed: bool,
    /// Why no further calls are accepted.
    stop_reason: Option<String>,
}

#[derive(Debug)]
struct BoundedItems {
    items: Vec<Item>,
    /// The number of waiting items, including those already collected.
    waiting: u64,
    max: u64,
}

/// The accepted calls that the worker collects.
#[derive(Debug, Default)]
pub(super) struct InboxContents {
    pub(super) rollups: Vec<Rollup>,
    pub(super) items: Vec<(Endpoint, Vec<Item>)>,
}

/// The requests of callers to the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signals {
    /// The number of flushes requested.
    pub(super) flushes: u64,
    /// Whether the last client was dropped.
    pub(super) is_closed: bool,
}

impl Inbox {
    /// Creates an inbox with rollup periods of this many seconds.
    pub(super) fn new(period: u64) -> Self {
        let empty = |max| BoundedItems { items: Vec::new(), waiting: 0, max };
        Self {
            state: Mutex::new(InboxState {
                aggregator: Aggregator::new(period, Random::new()),
                service_checks: empty(MAX_SERVICE_CHECKS),
                events: empty(MAX_EVENTS),
                flushes_requested: 0,
                flushes_done: 0,
                is_closed: false,
                stop_reason: None,
            }),
            signaled: Condvar::new(),
            flushed: Condvar::new(),
        }
    }

    /// Adds a value, or returns why it was dropped.
    pub(super) fn add_sample(&self, sample: &Sample<'_>) -> Result<(), String> {
        // The time is read under the lock, so that it does not go back.
        let result = self.lock_open()?.aggregator.add(now(), sample);
        result.map_err(|limit| describe_limit(limit, sample.name))
    }

    /// Adds a value of a set, or returns why it was dropped.
    pub(super) fn add_set_value(
        &self,
        name: &str,
        value: &str,
        tags: Tags<'_>,
    ) -> Result<(), String> {
        let result = self.lock_open()?.aggregator.add_set_value(now(), name, value, tags);
        result.map_err(|limit| describe_limit(limit, name))
    }

    /// Adds an event or a service check, or returns why it was dropped.
    pub(super) fn add_item(&self, endpoint: Endpoint, item: Item) -> Result<(), String> {
        let mut state = self.lock_open()?;
        let bounded = match endpoint {
            Endpoint::Events => &mut state.events,
            _ => &mut state.service_checks,
        };
        if bounded.waiting >= bounded.max {
            let what = if endpoint == Endpoint::Events { "events" } else { "service checks" };
            return Err(format!("the maximum of {} {what} is already waiting", bounded.max));
        }
        bounded.waiting += 1;
        bounded.items.push(item);
        Ok(())
    }

    /// Requests a flush and waits for it. Returns whether it was done in time.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let mut state = self.lock();
        state.flushes_requested += 1;
        let flush = state.flushes_requested;
        self.signaled.notify_one();
        let (state, _) = self
            .flushed
            .wait_timeout_while(state, timeout, |state| state.flushes_done < flush)
            .unwrap_or_else(PoisonError::into_inner);
        state.flushes_done >= flush
    }

    /// Signals that the last client was dropped.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.signaled.notify_one();
    }

    pub(super) fn signals(&self) -> Signals {
        self.lock().signals()
    }

    /// Waits until the signals differ from the known ones, or until the given time.
    pub(super) fn wait(&self, known: Signals, until: Instant) {
        let timeout = until.saturating_duration_since(Instant::now());
        let _ = self
            .signaled
            .wait_timeout_while(self.lock(), timeout, |state| state.signals() == known);
    }

    /// Collects the buckets of past periods, and all events and service checks.
    pub(super) fn collect_past(&self) -> InboxContents {
        let mut state = self.lock();
        let rollups = state.aggregator.collect_past(now());
        state.collect(rollups)
    }

    /// Collects everything, and returns it with the latest flush it answers. Returns `None` if the
    /// flush must wait, so that times do not run too far ahead of the clock.
    pub(super) fn collect_all(&self, may_run_ahead: bool) -> Option<(InboxContents, u64)> {
        let mut state = self.lock();
        if !may_run_ahead && state.aggregator.is_ahead(now()) {
            return None;
        }
        let rollups = state.aggregator.collect_all();
        let flushes = state.flushes_requested;
        Some((state.collect(rollups), flushes))
    }

    /// Makes room for as many items as were sent or dropped.
    pub(super) fn release(&self, endpoint: Endpoint, calls: u64) {
        let mut state = self.lock();
        let bounded = match endpoint {
            Endpoint::Events => &mut state.events,
            Endpoint::ServiceChecks => &mut state.service_checks,
            Endpoint::Series | Endpoint::Distributions => return,
        };
        bounded.waiting = bounded.waiting.saturating_sub(calls);
    }

    /// Marks this flush and all earlier ones as done.
    pub(super) fn finish_flush(&self, flush: u64) {
        self.lock().flushes_done = flush;
        self.flushed.notify_all();
    }

    /// Stops accepting calls. Returns the number of accepted calls that are lost.
    pub(super) fn stop(&self, problem: &str) -> u64 {
        let mut state = self.lock();
        state.stop_reason.get_or_insert_with(|| problem.to_owned());
        let rollups = state.aggregator.collect_all();
        let collected = state.collect(rollups);
        drop(state);
        let series = collected.rollups.iter().flat_map(|rollup| &rollup.series);
        let items = collected.items.iter().flat_map(|(_, items)| items);
        series.map(|series| series.calls).sum::<u64>() + items.map(|item| item.calls).sum::<u64>()
    }

    fn lock_open(&self) -> Result<MutexGuard<'_, InboxState>, String> {
        let state = self.lock();
        match &state.stop_reason {
            Some(problem) => Err(problem.clone()),
            None => Ok(state),
        }
    }

    fn lock(&self) -> MutexGuard<'_, InboxState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InboxState {
    fn signals(&self) -> Signals {
        Signals { flushes: self.flushes_requested, is_closed: self.is_closed }
    }

    fn collect(&mut self, rollups: Vec<Rollup>) -> InboxContents {
        let items = vec![
            (Endpoint::ServiceChecks, mem::take(&mut self.service_checks.items)),
            (Endpoint::Events, mem::take(&mut self.events.items)),
        ];
        InboxContents { rollups, items }
    }
}

fn describe_limit(limit: LimitExceeded, name: &str) -> String {
    match limit {
        LimitExceeded::Series => format!(
            "metric `{name}` exceeds the limit of 10,000 series in a rollup period; use tags with \
             fewer values"
        ),
        LimitExceeded::DistributionValues => format!(
            "distribution `{name}` exceeds the limit of 500,000 values of all distributions in a \
             rollup period; use a histogram, or the Agent"
        ),
        LimitExceeded::SetValues => format!(
            "set `{name}` exceeds the limit of 100,000 different values of all sets in a rollup \
             period; use the Agent"
        ),
    }
}

/// Returns the current time in seconds since 1970.
pub(super) fn now() -> u64 {
    unix_seconds(SystemTime::now())
}
