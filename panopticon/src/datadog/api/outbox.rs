//! The outbox: payloads waiting to be posted or retried. It has no clock; callers pass the time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::payload::{Endpoint, Payload};
use crate::datadog::random::Random;

/// The delays between retries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backoff {
    /// The delay after the first failure. It doubles with each further failure.
    pub(super) first: Duration,
    pub(super) longest: Duration,
}

/// The reason why a post must be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetryReason {
    /// The API could not process this post.
    Failed,
    /// The API accepts no more posts for now.
    RateLimited,
    /// There was no response.
    Unreachable,
    /// The API rejects posts with this key for now.
    KeyRejected,
}

/// All waiting payloads, in a queue per endpoint, so that an endpoint that fails does not delay the
/// others.
#[derive(Debug)]
pub(super) struct Outbox {
    queues: [EndpointQueue; Endpoint::ALL.len()],
    max_bytes: usize,
    backoff: Backoff,
    random: Random,
}

/// The payloads of an endpoint, oldest first. A pass tries each of them once, so that a payload
/// that fails does not delay the following ones.
#[derive(Debug, Default)]
struct EndpointQueue {
    waiting: VecDeque<QueuedPayload>,
    /// The index of the next payload of this pass.
    next: usize,
    pass: Pass,
    /// When the next pass begins; `None` for immediately.
    resume: Option<Instant>,
    /// The number of consecutive passes in which every post failed.
    failed_passes: u32,
}

#[derive(Debug, Default)]
struct Pass {
    has_settled: bool,
    has_failed: bool,
    /// The number of consecutive posts without a response.
    unreachable: u32,
    /// The longest wait the API has asked for.
    wait: Duration,
}

#[derive(Debug)]
struct QueuedPayload {
    payload: Payload,
    /// The payload's batch: a flush waits for its batch and all earlier ones.
    batch: u64,
    since: Instant,
}

impl Outbox {
    pub(super) fn new(max_bytes: usize, backoff: Backoff, random: Random) -> Self {
        Self { queues: Default::default(), max_bytes, backoff, random }
    }

    /// Adds a payload. Returns the oldest payloads, dropped if the limit is exceeded.
    pub(super) fn push(&mut self, payload: Payload, batch: u64, now: Instant) -> Vec<Payload> {
        let queue = &mut self.queues[payload.endpoint() as usize];
        queue.waiting.push_back(QueuedPayload { payload, batch, since: now });
        let mut dropped = Vec::new();
        while self.bytes() > self.max_bytes {
            let first = |queue: &EndpointQueue| queue.waiting.front().map(|queued| queued.since);
            let oldest = (0..self.queues.len())
                .filter_map(|queue| first(&self.queues[queue]).map(|since| (since, queue)))
                .min();
            let Some((_, queue)) = oldest else { break };
            dropped.extend(self.remove(queue, 0));
        }
        dropped
    }

    /// Removes the payloads that are too old for the API.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Payload> {
        let mut expired = Vec::new();
        for endpoint in Endpoint::ALL {
            let is_old = |queued: &QueuedPayload| now - queued.since > endpoint.max_age();
            while self.queues[endpoint as usize].waiting.front().is_some_and(is_old) {
                expired.extend(self.remove(endpoint as usize, 0));
            }
        }
        expired
    }

    /// Lets all payloads be retried immediately.
    pub(super) fn retry_now(&mut self) {
        for queue in &mut self.queues {
            queue.resume = None;
            queue.next = 0;
            queue.pass = Pass::default();
        }
    }

    /// Returns the endpoint whose [`next`](Self::next) payload is to be posted now.
    pub(super) fn due(&self, now: Instant) -> Option<Endpoint> {
        Endpoint::ALL.into_iter().find(|endpoint| {
            let queue = &self.queues[*endpoint as usize];
            queue.resume.is_none_or(|at| at <= now) && queue.next < queue.waiting.len()
        })
    }

    /// Returns the endpoint's payload that is to be posted next.
    pub(super) fn next(&self, endpoint: Endpoint) -> Option<&Payload> {
        let queue = &self.queues[endpoint as usize];
        queue.waiting.get(queue.next).map(|queued| &queued.payload)
    }

    /// Returns when the next payload is due, if none is due now.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let has_payloads = |queue: &&EndpointQueue| !queue.waiting.is_empty();
        self.queues.iter().filter(has_payloads).filter_map(|queue| queue.resume).min()
    }

    /// Removes the endpoint's next payload, which was sent or dropped.
    pub(super) fn settle(&mut self, endpoint: Endpoint, now: Instant) {
        let queue = &mut self.queues[endpoint as usize];
        queue.pass.has_settled = true;
        queue.pass.unreachable = 0;
        let next = queue.next;
        self.remove(endpoint as usize, next);
        self.end_pass_if(false, endpoint, now);
    }

    /// Keeps the endpoint's next payload for another attempt, `wait` later at the earliest.
    pub(super) fn postpone(
        &mut self,
        endpoint: Endpoint,
        reason: RetryReason,
        wait: Option<Duration>,
        now: Instant,
    ) {
        let queue = &mut self.queues[endpoint as usize];
        let pass = &mut queue.pass;
        pass.has_failed = true;
        pass.wait = pass.wait.max(wait.unwrap_or_default());
        pass.unreachable =
            if reason == RetryReason::Unreachable { pass.unreachable + 1 } else { 0 };
        queue.next += 1;
        // A single post without a response may be too large for a slow line; two mean an outage.
        let concerns_all = matches!(reason, RetryReason::RateLimited | RetryReason::KeyRejected);
        let is_over = concerns_all || pass.unreachable == 2;
        self.end_pass_if(is_over, endpoint, now);
    }

    /// Replaces the endpoint's next payload by its halves. Returns false if it is a single item.
    pub(super) fn split(&mut self, endpoint: Endpoint) -> bool {
        let queue = &mut self.queues[endpoint as usize];
        let next = queue.next;
        let Some(QueuedPayload { payload, batch, since }) = queue.waiting.remove(next) else {
            return false;
        };
        let (parts, is_split) = match payload.split() {
            Ok(halves) => (Vec::from(halves), true),
            Err(single) => (vec![single], false),
        };
        for payload in parts.into_iter().rev() {
            queue.waiting.insert(next, QueuedPayload { payload, batch, since });
        }
        is_split
    }

    /// Returns whether payloads of this or an earlier batch are waiting.
    pub(super) fn has_batch(&self, batch: u64) -> bool {
        let mut oldest = self.queues.iter().filter_map(|queue| queue.waiting.front());
        oldest.any(|queued| queued.batch <= batch)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queues.iter().all(|queue| queue.waiting.is_empty())
    }

    /// Removes all payloads.
    pub(super) fn clear(&mut self) -> Vec<Payload> {
        let queues = std::mem::take(&mut self.queues);
        queues.into_iter().flat_map(|queue| queue.waiting).map(|queued| queued.payload).collect()
    }

    fn bytes(&self) -> usize {
        let waiting = self.queues.iter().flat_map(|queue| &queue.waiting);
        waiting.map(|queued| queued.payload.bytes()).sum()
    }

    fn remove(&mut self, queue: usize, index: usize) -> Option<Payload> {
        let queue = &mut self.queues[queue];
        let payload = queue.waiting.remove(index)?.payload;
        if index < queue.next {
            queue.next -= 1;
        }
        Some(payload)
    }

    /// Ends a pass that is over, or has tried every payload, and schedules the next one.
    fn end_pass_if(&mut self, is_over: bool, endpoint: Endpoint, now: Instant) {
        let queue = &mut self.queues[endpoint as usize];
        if !is_over && queue.next < queue.waiting.len() {
            return;
        }
        let pass = std::mem::take(&mut queue.pass);
        queue.next = 0;
        queue.failed_passes = match (pass.has_settled, pass.has_failed) {
            (_, false) => 0,
            (true, true) => 1,
            (false, true) => queue.failed_passes.saturating_add(1),
        };
        queue.resume = pass.has_failed.then(|| {
            let delay = self.backoff.delay(queue.failed_passes, &self.random);
            now + delay.max(pass.wait)
        });
    }
}

impl Backoff {
    /// Returns a random delay of at least half the full one, so that processes do not retry at the
    /// same moment.
    fn delay(self, failures: u32, random: &Random) -> Duration {
        let factor = 2_u32.saturating_pow(failures.saturating_sub(1));
        let full = self.first.saturating_mul(factor).min(self.longest);
        #[allow(clippy::cast_precision_loss, reason = "a thousand steps are enough")]
        let fraction = random.below(1_000) as f64 / 1_000.0;
        full.mul_f64(0.5 + fraction / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::payload::{Item, pack};
    use super::*;

    const BACKOFF: Backoff =
        Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60) };

    fn payload(endpoint: Endpoint, json: &str, items: usize) -> Payload {
        let items = vec![Item { json: json.to_owned(), calls: 1 }; items];
        pack(endpoint, items, 1_000).0.remove(0)
    }

    fn outbox() -> Outbox {
        Outbox::new(1_000_000, BACKOFF, Random::seeded(1))
    }

    /// Returns the body that is due, if any.
    fn due(outbox: &Outbox, now: Instant) -> Option<String> {
        let endpoint = outbox.due(now)?;
        outbox.next(endpoint).map(Payload::body)
    }

    #[test]
    fn a_failing_payload_delays_no_other() {
        let (mut outbox, now) = (outbox(), Instant::now());
        for json in ["1", "2", "3"] {
            outbox.push(payload(Endpoint::Events, json, 1), 0, now);
        }
        outbox.push(payload(Endpoint::Series, "0", 1), 0, now);
        let mut bodies = Vec::new();
        while let Some(body) = due(&outbox, now) {
            let endpoint = outbox.due(now).unwrap();
            if body == "2" {
                outbox.postpone(endpoint, RetryReason::Failed, None, now);
            } else {
                outbox.settle(endpoint, now);
            }
            bodies.push(body);
        }
        assert_eq!(bodies, ["{\"series\":[0]}", "1", "2", "3"]);
        assert!(outbox.has_batch(0));
        let due_again = outbox.next_due().unwrap();
        assert!((500..=1_000).contains(&(due_again - now).as_millis()));
        assert_eq!(due(&outbox, due_again).unwrap(), "2");
        outbox.settle(Endpoint::Events, now);
        assert!(outbox.is_empty() && !outbox.has_batch(0));
        assert_eq!(outbox.bytes(), 0);
    }

    #[test]
    fn the_delay_doubles_with_each_failure_up_to_a_minute() {
        let (mut outbox, mut now) = (outbox(), Instant::now());
        outbox.push(payload(Endpoint::Series, "0", 1), 0, now);
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            outbox.postpone(Endpoint::Series, RetryReason::Failed, None, now);
            assert_eq!(outbox.due(now), None);
            let wait = outbox.next_due().unwrap() - now;
            assert!(wait <= Duration::from_secs(seconds));
            assert!(wait >= Duration::from_secs(seconds) / 2);
            now += wait;
        }
        let wait = Some(Duration::from_secs(200));
        outbox.postpone(Endpoint::Series, RetryReason::RateLimited, wait, now);
        assert_eq!(outbox.next_due(), Some(now + Duration::from_secs(200)));
        outbox.retry_now();
        assert_eq!(outbox.due(now), Some(Endpoint::Series));
    }

    #[test]
    fn two_posts_without_a_response_end_a_pass() {
        let (mut outbox, now) = (outbox(), Instant::now());
        for json in ["1", "2", "3"] {
            outbox.push(payload(Endpoint::Events, json, 1), 0, now);
        }
        outbox.postpone(Endpoint::Events, RetryReason::Unreachable, None, now);
        assert_eq!(due(&outbox, now).unwrap(), "2");
        outbox.postpone(Endpoint::Events, RetryReason::Unreachable, None, now);
        assert_eq!(due(&outbox, now), None);
        assert_eq!(due(&outbox, outbox.next_due().unwrap()).unwrap(), "1");
    }

    #[test]
    fn payloads_are_split_in_place_down_to_single_items() {
        let (mut outbox, now) = (outbox(), Instant::now());
        outbox.push(payload(Endpoint::ServiceChecks, "1", 3), 0, now);
        outbox.push(payload(Endpoint::ServiceChecks, "2", 1), 0, now);
        assert!(outbox.split(Endpoint::ServiceChecks));
        assert_eq!(due(&outbox, now).unwrap(), "[1]");
        assert!(!outbox.split(Endpoint::ServiceChecks));
        outbox.settle(Endpoint::ServiceChecks, now);
        assert_eq!(due(&outbox, now).unwrap(), "[1,1]");
        outbox.settle(Endpoint::ServiceChecks, now);
        assert_eq!(due(&outbox, now).unwrap(), "[2]");
    }

    #[test]
    fn the_oldest_payloads_make_room() {
        let mut outbox = Outbox::new(30, BACKOFF, Random::seeded(1));
        let start = Instant::now();
        let mut dropped = Vec::new();
        for (second, endpoint) in
            [Endpoint::Events, Endpoint::ServiceChecks].repeat(3).iter().enumerate()
        {
            let now = start + Duration::from_secs(second as u64);
            let json = format!("\"{second:06}\"");
            let lost = outbox.push(payload(*endpoint, &json, 1), second as u64, now);
            dropped.extend(lost.iter().map(Payload::body));
            assert!(outbox.bytes() <= 30);
        }
        assert_eq!(dropped, ["\"000000\"", "[\"000001\"]", "\"000002\""]);
        assert!(outbox.has_batch(3) && !outbox.has_batch(2));
        let later = start + Duration::from_secs(10);
        let lost = outbox.push(payload(Endpoint::Events, &"9".repeat(31), 1), 6, later);
        assert_eq!(lost.len(), 4);
        assert!(outbox.is_empty());
    }

    #[test]
    fn old_payloads_expire() {
        let (mut outbox, now) = (outbox(), Instant::now());
        outbox.push(payload(Endpoint::ServiceChecks, "1", 1), 0, now);
        outbox.push(payload(Endpoint::Series, "2", 1), 0, now);
        assert!(outbox.expire(now + Duration::from_secs(600)).is_empty());
        assert_eq!(outbox.expire(now + Duration::from_secs(601)).len(), 1);
        assert_eq!(outbox.expire(now + Duration::from_secs(3_601)).len(), 1);
        assert!(outbox.is_empty());
    }
}
