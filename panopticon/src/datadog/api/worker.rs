//! The thread that posts.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::encode::Encoder;
use super::inbox::{Collected, Inbox, Wishes};
use super::outbox::{Backoff, Outbox, Settled};
use super::payload::{Endpoint, Item, MAX_BODY, Payload, pack};
use super::post::Answer;
use super::random::Random;
use crate::datadog::delivery::Tally;

/// How often a flush that has to wait for the clock looks at it.
const AHEAD_WAIT: Duration = Duration::from_millis(50);

/// How many flushes are told apart that are not done.
const MAX_FLUSHES: usize = 1_000;

/// Its times and bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// How often it posts.
    pub(super) period: Duration,
    /// How long a post may take.
    pub(super) post: Duration,
    /// How long it goes on after the last client is gone.
    pub(super) close: Duration,
    pub(super) backoff: Backoff,
    /// The most bytes that wait to be posted.
    pub(super) max_bytes: usize,
}

impl Pace {
    pub(super) const USUAL: Self = Self {
        period: Duration::from_secs(super::aggregator::PERIOD),
        post: Duration::from_secs(10),
        close: Duration::from_secs(10),
        backoff: Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60) },
        max_bytes: 32 * 1024 * 1024,
    };
}

pub(super) struct Worker<P> {
    inbox: Arc<Inbox>,
    encoder: Arc<Encoder>,
    tally: Arc<Tally>,
    /// Posts a body, within a time.
    post: P,
    pace: Pace,
    outbox: Outbox,
    /// The last wishes that were met, or are being met.
    known: Wishes,
    /// Flushes that are not done, and the batches that they wait for.
    flushes: VecDeque<(u64, u64)>,
    /// Of what is collected next.
    batch: u64,
    next_period: Instant,
    /// When it ends, once the last client is gone.
    end: Option<Instant>,
}

impl<P: FnMut(Endpoint, &str, Duration) -> Answer> Worker<P> {
    pub(super) fn new(
        inbox: Arc<Inbox>,
        encoder: Arc<Encoder>,
        tally: Arc<Tally>,
        pace: Pace,
        post: P,
    ) -> Self {
        Self {
            inbox,
            encoder,
            tally,
            post,
            pace,
            outbox: Outbox::new(pace.max_bytes, pace.backoff, Random::new()),
            known: Wishes { flushes: 0, is_closed: false },
            flushes: VecDeque::new(),
            batch: 0,
            next_period: Instant::now() + pace.period,
            end: None,
        }
    }

    /// Posts until the last client is gone, or the key is refused.
    pub(super) fn run(mut self) {
        loop {
            let has_to_wait = self.collect();
            self.drop_old();
            self.answer_flushes();
            let now = Instant::now();
            if self.end.is_some_and(|end| self.outbox.is_empty() || end <= now) {
                return;
            }
            if let Some(endpoint) = self.outbox.due(now) {
                if let Err(problem) = self.post_first(endpoint) {
                    return self.stop(&problem);
                }
                continue;
            }
            let ahead = has_to_wait.then(|| now + AHEAD_WAIT);
            let times = [Some(self.next_period), self.end, self.outbox.next_due(), ahead];
            let until = times.into_iter().flatten().min().unwrap_or(self.next_period);
            let known = if has_to_wait { self.inbox.wishes() } else { self.known };
            self.inbox.wait(known, until);
        }
    }

    /// Collects what is to be posted; true if a flush has to wait for the clock.
    fn collect(&mut self) -> bool {
        let now = Instant::now();
        if self.next_period <= now {
            self.next_period = now + self.pace.period;
            let collected = self.inbox.collect_past();
            self.take(collected);
        }
        let wishes = self.inbox.wishes();
        if wishes == self.known {
            return false;
        }
        let Some((collected, flushes)) = self.inbox.collect_all(wishes.is_closed) else {
            return true;
        };
        if wishes.is_closed {
            self.end.get_or_insert(now + self.pace.close);
        }
        self.known = Wishes { flushes, is_closed: wishes.is_closed };
        self.take(collected);
        self.outbox.force();
        // In an outage, the last of too many wait for each other.
        self.flushes.truncate(MAX_FLUSHES - 1);
        self.flushes.push_back((flushes, self.batch));
        self.batch += 1;
        false
    }

    /// Puts what was collected into payloads.
    fn take(&mut self, collected: Collected) {
        let (mut series, mut distributions) = (Vec::new(), Vec::new());
        for rolled_up in collected.rolled_up {
            for (endpoint, item) in self.encoder.rolled_up(rolled_up) {
                match endpoint {
                    Endpoint::Distributions => distributions.push(item),
                    _ => series.push(item),
                }
            }
        }
        let metrics = [(Endpoint::Series, series), (Endpoint::Distributions, distributions)];
        for (endpoint, items) in metrics.into_iter().chain(collected.items) {
            self.put(endpoint, items);
        }
    }

    fn put(&mut self, endpoint: Endpoint, items: Vec<Item>) {
        let (payloads, too_large) = pack(endpoint, items, MAX_BODY);
        for item in too_large {
            self.dropped(endpoint, item.calls, &too_large_problem(item.json.len()));
        }
        for payload in payloads {
            for lost in self.outbox.push(payload, self.batch, Instant::now()) {
                let problem = format!(
                    "the oldest statistics are dropped, for more than {} bytes wait while the API \
                     does not take them",
                    self.pace.max_bytes
                );
                self.dropped(lost.endpoint(), lost.calls(), &problem);
            }
        }
    }

    fn drop_old(&mut self) {
        for payload in self.outbox.expire(Instant::now()) {
            let age = payload.endpoint().max_age();
            let problem = format!("the API did not take statistics before they were {age:?} old");
            self.dropped(payload.endpoint(), payload.calls(), &problem);
        }
    }

    /// Posts the first payload of an endpoint. `Err` if nothing is to be posted any more.
    fn post_first(&mut self, endpoint: Endpoint) -> Result<(), String> {
        let Some(payload) = self.outbox.first(endpoint) else { return Ok(()) };
        let (body, calls) = (payload.body(), payload.calls());
        let left = self.end.map(|end| end.saturating_duration_since(Instant::now()));
        let timeout = left.map_or(self.pace.post, |left| self.pace.post.min(left));
        let settled = match (self.post)(endpoint, &body, timeout) {
            Answer::Taken => {
                self.tally.sent(calls);
                self.inbox.settled(endpoint, calls);
                Settled::Sent
            }
            Answer::TooLarge => {
                if self.outbox.split(endpoint) {
                    return Ok(());
                }
                self.dropped(endpoint, calls, &too_large_problem(body.len()));
                Settled::Dropped
            }
            Answer::Refused(problem) => {
                self.dropped(endpoint, calls, &problem);
                Settled::Dropped
            }
            Answer::Later { why, after, problem } => {
                self.tally.note(&problem);
                Settled::Retry { after, why }
            }
            Answer::KeyRefused(problem) => return Err(problem),
        };
        self.outbox.settle(endpoint, settled, Instant::now());
        Ok(())
    }

    fn answer_flushes(&mut self) {
        while let Some((flushes, batch)) = self.flushes.front().copied() {
            if self.outbox.has_batch(batch) {
                return;
            }
            self.flushes.pop_front();
            self.inbox.flushed(flushes);
        }
    }

    fn dropped(&self, endpoint: Endpoint, calls: u64, problem: &str) {
        self.tally.dropped(calls, &problem);
        self.inbox.settled(endpoint, calls);
    }
}

impl<P> Worker<P> {
    /// Accepts nothing any more, and counts all that is left as dropped.
    fn stop(&mut self, problem: &str) {
        let lost = self.inbox.end(problem);
        let waiting: u64 = self.outbox.clear().iter().map(Payload::calls).sum();
        if lost + waiting > 0 {
            self.tally.dropped(lost + waiting, &problem);
        }
        self.inbox.flushed(u64::MAX);
    }
}

/// Also where the thread panics: nobody waits for it for ever.
impl<P> Drop for Worker<P> {
    fn drop(&mut self) {
        self.stop("the thread that sends has ended");
    }
}

fn too_large_problem(bytes: usize) -> String {
    format!("one of the statistics takes {bytes} bytes, which is too large for the API")
}
