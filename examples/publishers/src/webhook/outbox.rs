//! A bounded queue of events, for a receiver that may be down.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Events in order, of which the oldest is sent first, and again until it has arrived.
///
/// If the queue is full, the oldest one that a later one supersedes is dropped, so that the rest still
/// says how things are; if there is none, the oldest.
#[derive(Debug)]
pub struct Outbox<T> {
    capacity: usize,
    first_wait: Duration,
    longest_wait: Duration,
    queue: VecDeque<T>,
    /// The number of events that were dropped since the last one that arrived.
    dropped: u64,
    /// In a row.
    failures: u32,
    next_attempt: Instant,
}

impl<T> Outbox<T> {
    /// Creates a queue for this many events. The wait doubles with each failure in a row.
    #[must_use]
    pub fn new(
        capacity: usize,
        first_wait: Duration,
        longest_wait: Duration,
        now: Instant,
    ) -> Self {
        let queue = VecDeque::new();
        Self {
            capacity,
            first_wait,
            longest_wait,
            queue,
            dropped: 0,
            failures: 0,
            next_attempt: now,
        }
    }

    /// Adds an event. `supersedes(later, earlier)` says whether the earlier one can be spared.
    pub fn push(&mut self, event: T, supersedes: impl Fn(&T, &T) -> bool) {
        if self.queue.len() >= self.capacity {
            let is_superseded = |(position, earlier): (usize, &T)| {
                let mut later = self.queue.iter().skip(position + 1).chain([&event]);
                later.any(|later| supersedes(later, earlier))
            };
            let position = self.queue.iter().enumerate().position(is_superseded);
            self.dropped += u64::from(self.queue.remove(position.unwrap_or(0)).is_some());
        }
        self.queue.push_back(event);
    }

    /// Returns when to send the first event; `None` if there is none.
    #[must_use]
    pub fn next_attempt(&self) -> Option<Instant> {
        (!self.queue.is_empty()).then_some(self.next_attempt)
    }

    /// Returns the event to send, and the number of those that were dropped before it.
    #[must_use]
    pub fn first(&self) -> Option<(&T, u64)> {
        self.queue.front().map(|event| (event, self.dropped))
    }

    /// Removes the first event, since it has arrived.
    pub fn arrived(&mut self) {
        self.queue.pop_front();
        self.dropped = 0;
        self.failures = 0;
    }

    /// Drops the first event, since the receiver does not want it.
    pub fn refused(&mut self) {
        self.queue.pop_front();
        self.dropped += 1;
    }

    /// Keeps the first event for another attempt, and returns the wait until then.
    pub fn failed(&mut self, now: Instant) -> Duration {
        let wait = self.first_wait.saturating_mul(1 << self.failures.min(20));
        let wait = wait.min(self.longest_wait);
        self.failures += 1;
        self.next_attempt = now + wait;
        wait
    }
}
