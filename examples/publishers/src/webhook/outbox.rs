//! A bounded queue of events, for a receiver that may be down.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Events in order, of which the oldest is sent first, and again until it has arrived.
///
/// If the queue is full, the oldest is dropped: the newest say how things are.
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

    /// Adds an event.
    pub fn push(&mut self, event: T) {
        if self.queue.len() >= self.capacity {
            self.queue.pop_front();
            self.dropped += 1;
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
