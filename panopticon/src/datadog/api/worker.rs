//! The worker: it collects the inbox every 10 seconds or when asked to, and posts the outbox.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::encode::Encoder;
use super::inbox::{Inbox, InboxContents, Signals};
use super::outbox::{Backoff, Outbox};
use super::payload::{Endpoint, Item, MAX_BODY, Payload, pack};
use super::post::PostResult;
use crate::datadog::delivery::Tally;
use crate::datadog::random::Random;

/// How often a flush that must wait for the clock checks it.
const CLOCK_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The maximum number of pending flushes; further ones end together.
const MAX_PENDING_FLUSHES: usize = 1_000;

/// The worker's times and limits.
#[derive(Debug, Clone, Copy)]
pub(super) struct WorkerConfig {
    /// How often it posts.
    pub(super) period: Duration,
    /// How long a post may take.
    pub(super) post_timeout: Duration,
    /// How long it goes on after the last client was dropped.
    pub(super) close_timeout: Duration,
    pub(super) backoff: Backoff,
    /// The maximum number of bytes waiting to be posted.
    pub(super) max_bytes: usize,
}

impl WorkerConfig {
    pub(super) const DEFAULT: Self = Self {
        period: Duration::from_secs(10),
        post_timeout: Duration::from_secs(10),
        close_timeout: Duration::from_secs(10),
        backoff: Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60) },
        max_bytes: 32 * 1024 * 1024,
    };
}

pub(super) struct Worker<P> {
    inbox: Arc<Inbox>,
    encoder: Arc<Encoder>,
    tally: Arc<Tally>,
    /// Posts a body within a timeout.
    post: P,
    config: WorkerConfig,
    outbox: Outbox,
    /// The latest signals that were acted on.
    known: Signals,
    /// Pending flushes with the batches they wait for.
    pending_flushes: VecDeque<(u64, u64)>,
    /// The batch of what is collected next.
    batch: u64,
    next_period: Instant,
    /// When the worker ends, once the last client was dropped.
    end: Option<Instant>,
}

impl<P: FnMut(Endpoint, &str, Duration) -> PostResult> Worker<P> {
    pub(super) fn new(
        inbox: Arc<Inbox>,
        encoder: Arc<Encoder>,
        tally: Arc<Tally>,
        config: WorkerConfig,
        post: P,
    ) -> Self {
        Self {
            inbox,
            encoder,
            tally,
            post,
            config,
            outbox: Outbox::new(config.max_bytes, config.backoff, Random::new()),
            known: Signals { flushes: 0, is_closed: false },
            pending_flushes: VecDeque::new(),
            batch: 0,
            next_period: Instant::now() + config.period,
            end: None,
        }
    }

    /// Posts until the last client was dropped.
    pub(super) fn run(mut self) {
        loop {
            let must_wait = self.collect();
            self.drop_expired();
            self.finish_flushes();
            let now = Instant::now();
            if self.end.is_some_and(|end| self.outbox.is_empty() || end <= now) {
                return;
            }
            if let Some(endpoint) = self.outbox.due(now) {
                self.post_next(endpoint);
                continue;
            }
            let poll_clock = must_wait.then(|| now + CLOCK_POLL_INTERVAL);
            let times = [Some(self.next_period), self.end, self.outbox.next_due(), poll_clock];
            let until = times.into_iter().flatten().min().unwrap_or(self.next_period);
            let known = if must_wait { self.inbox.signals() } else { self.known };
            self.inbox.wait(known, until);
        }
    }

    /// Collects what is due. Returns whether a flush must wait for the clock.
    fn collect(&mut self) -> bool {
        let now = Instant::now();
        if self.next_period <= now {
            self.next_period = now + self.config.period;
            let contents = self.inbox.collect_past();
            self.enqueue(contents);
        }
        let signals = self.inbox.signals();
        if signals == self.known {
            return false;
        }
        let Some((contents, flush)) = self.inbox.collect_all(signals.is_closed) else {
            return true;
        };
        if signals.is_closed {
            self.end.get_or_insert(now + self.config.close_timeout);
        }
        self.known = Signals { flushes: flush, is_closed: signals.is_closed };
        self.enqueue(contents);
        self.outbox.retry_now();
        // In an outage, the latest of too many flushes end together.
        self.pending_flushes.truncate(MAX_PENDING_FLUSHES - 1);
        self.pending_flushes.push_back((flush, self.batch));
        self.batch += 1;
        false
    }

    /// Puts collected calls into the outbox.
    fn enqueue(&mut self, contents: InboxContents) {
        let (mut series, mut distributions) = (Vec::new(), Vec::new());
        for rollup in contents.rollups {
            for (endpoint, item) in self.encoder.encode_rollup(rollup) {
                match endpoint {
                    Endpoint::Distributions => distributions.push(item),
                    _ => series.push(item),
                }
            }
        }
        let metrics = [(Endpoint::Series, series), (Endpoint::Distributions, distributions)];
        for (endpoint, items) in metrics.into_iter().chain(contents.items) {
            self.enqueue_items(endpoint, items);
        }
    }

    fn enqueue_items(&mut self, endpoint: Endpoint, items: Vec<Item>) {
        let (payloads, oversized) = pack(endpoint, items, MAX_BODY);
        for item in oversized {
            self.count_dropped(endpoint, item.calls, &describe_oversize(item.json.len()));
        }
        for payload in payloads {
            for lost in self.outbox.push(payload, self.batch, Instant::now()) {
                let problem = format!(
                    "the oldest statistics were dropped because the API did not accept them and more \
                     than {} bytes wait",
                    self.config.max_bytes
                );
                self.count_dropped(lost.endpoint(), lost.calls(), &problem);
            }
        }
    }

    fn drop_expired(&mut self) {
        for payload in self.outbox.expire(Instant::now()) {
            let age = payload.endpoint().max_age();
            let problem = format!("the API did not accept statistics before they were {age:?} old");
            self.count_dropped(payload.endpoint(), payload.calls(), &problem);
        }
    }

    /// Posts the endpoint's next payload.
    fn post_next(&mut self, endpoint: Endpoint) {
        let Some(payload) = self.outbox.next(endpoint) else { return };
        let (body, calls) = (payload.body(), payload.calls());
        let left = self.end.map(|end| end.saturating_duration_since(Instant::now()));
        let timeout =
            left.map_or(self.config.post_timeout, |left| self.config.post_timeout.min(left));
        match (self.post)(endpoint, &body, timeout) {
            PostResult::Accepted => {
                self.tally.count_sent(calls);
                self.inbox.release(endpoint, calls);
            }
            PostResult::TooLarge => {
                if self.outbox.split(endpoint) {
                    return;
                }
                self.count_dropped(endpoint, calls, &describe_oversize(body.len()));
            }
            PostResult::Rejected(problem) => self.count_dropped(endpoint, calls, &problem),
            PostResult::Retry { reason, wait, problem } => {
                self.tally.note(&problem);
                self.outbox.postpone(endpoint, reason, wait, Instant::now());
                return;
            }
        }
        self.outbox.settle(endpoint, Instant::now());
    }

    fn finish_flushes(&mut self) {
        while let Some((flush, batch)) = self.pending_flushes.front().copied() {
            if self.outbox.has_batch(batch) {
                return;
            }
            self.pending_flushes.pop_front();
            self.inbox.finish_flush(flush);
        }
    }

    fn count_dropped(&self, endpoint: Endpoint, calls: u64, problem: &str) {
        self.tally.count_dropped(calls, problem);
        self.inbox.release(endpoint, calls);
    }
}

impl<P> Worker<P> {
    /// Stops accepting calls, and counts all remaining ones as dropped.
    fn stop(&mut self, problem: &str) {
        let lost = self.inbox.stop(problem);
        let waiting: u64 = self.outbox.clear().iter().map(Payload::calls).sum();
        if lost + waiting > 0 {
            self.tally.count_dropped(lost + waiting, problem);
        }
        self.inbox.finish_flush(u64::MAX);
    }
}

/// Also runs if the thread panics, so that no flush waits forever.
impl<P> Drop for Worker<P> {
    fn drop(&mut self) {
        self.stop("the thread that sends statistics has ended");
    }
}

fn describe_oversize(bytes: usize) -> String {
    format!("an item of {bytes} bytes is too large for the API")
}
