//! Payloads that wait to be posted, or to be posted again. No clock: it is told the time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::payload::{Endpoint, Payload};
use super::random::Random;

/// How long after failed attempts the next one is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backoff {
    /// After the first. It doubles with each that follows.
    pub(super) first: Duration,
    pub(super) longest: Duration,
}

/// What has become of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// It is sent.
    Sent,
    /// It never will be.
    Dropped,
    /// It is to be tried again, after the time that the API asks for.
    Retry { after: Option<Duration>, why: Retry },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// The API could not take this one.
    Failed,
    /// It wants no more for now.
    Limited,
    /// There was no answer.
    Unreachable,
}

/// All payloads, those of each endpoint on their own: what one endpoint does not take does not hold
/// up the others.
#[derive(Debug)]
pub(super) struct Outbox {
    lanes: [Lane; Endpoint::ALL.len()],
    bytes: usize,
    max_bytes: usize,
    backoff: Backoff,
    random: Random,
}

/// The payloads of one endpoint, the oldest first. In one pass each is tried once: one that fails
/// does not hold up those after it.
#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Waiting>,
    /// The place of the next one of this pass.
    next: usize,
    pass: Pass,
    /// When the next pass begins; `None` for at once.
    resume: Option<Instant>,
    /// Passes in a row in which all failed.
    failed_passes: u32,
}

#[derive(Debug, Default)]
struct Pass {
    has_settled: bool,
    has_failed: bool,
    /// Posts in a row without an answer.
    unreachable: u32,
    after: Duration,
}

#[derive(Debug)]
struct Waiting {
    payload: Payload,
    /// Which flush it belongs to, and all before it.
    batch: u64,
    since: Instant,
}

impl Outbox {
    pub(super) fn new(max_bytes: usize, backoff: Backoff, random: Random) -> Self {
        Self { lanes: Default::default(), bytes: 0, max_bytes, backoff, random }
    }

    /// Takes a payload. What does not fit any more, the oldest first, is returned.
    pub(super) fn push(&mut self, payload: Payload, batch: u64, now: Instant) -> Vec<Payload> {
        self.bytes += payload.bytes();
        let lane = &mut self.lanes[payload.endpoint() as usize];
        lane.waiting.push_back(Waiting { payload, batch, since: now });
        let mut dropped = Vec::new();
        while self.bytes > self.max_bytes {
            let first = |lane: &Lane| lane.waiting.front().map(|waiting| waiting.since);
            let oldest = (0..self.lanes.len())
                .filter_map(|lane| first(&self.lanes[lane]).map(|since| (since, lane)))
                .min();
            let Some((_, lane)) = oldest else { break };
            dropped.extend(self.remove(lane, 0));
        }
        dropped
    }

    /// Removes what is too old to be taken.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Payload> {
        let mut expired = Vec::new();
        for endpoint in Endpoint::ALL {
            let is_old = |waiting: &Waiting| now - waiting.since > endpoint.max_age();
            while self.lanes[endpoint as usize].waiting.front().is_some_and(is_old) {
                expired.extend(self.remove(endpoint as usize, 0));
            }
        }
        expired
    }

    /// Lets all be tried again at once.
    pub(super) fn force(&mut self) {
        for lane in &mut self.lanes {
            lane.resume = None;
            lane.next = 0;
            lane.pass = Pass::default();
        }
    }

    /// The endpoint whose payload, the [`first`](Self::first), is to be posted now.
    pub(super) fn due(&self, now: Instant) -> Option<Endpoint> {
        Endpoint::ALL.into_iter().find(|endpoint| {
            let lane = &self.lanes[*endpoint as usize];
            let is_resumed = lane.resume.is_none_or(|at| at <= now);
            is_resumed && lane.next < lane.waiting.len()
        })
    }

    /// The payload of an endpoint that is to be posted next.
    pub(super) fn first(&self, endpoint: Endpoint) -> Option<&Payload> {
        let lane = &self.lanes[endpoint as usize];
        lane.waiting.get(lane.next).map(|waiting| &waiting.payload)
    }

    /// When the next one is due, where none is now.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let waits = |lane: &&Lane| !lane.waiting.is_empty();
        self.lanes.iter().filter(waits).filter_map(|lane| lane.resume).min()
    }

    /// Takes note of what became of an endpoint's first payload.
    pub(super) fn settle(&mut self, endpoint: Endpoint, settled: Settled, now: Instant) {
        let index = endpoint as usize;
        let pass = &mut self.lanes[index].pass;
        let mut is_over = false;
        match settled {
            Settled::Sent | Settled::Dropped => {
                pass.has_settled = true;
                pass.unreachable = 0;
                let next = self.lanes[index].next;
                self.remove(index, next);
            }
            Settled::Retry { after, why } => {
                pass.has_failed = true;
                pass.after = pass.after.max(after.unwrap_or_default());
                pass.unreachable = if why == Retry::Unreachable { pass.unreachable + 1 } else { 0 };
                // One without an answer may be too large for a slow line; two are an outage.
                is_over = why == Retry::Limited || pass.unreachable == 2;
                self.lanes[index].next += 1;
            }
        }
        if is_over || self.lanes[index].next >= self.lanes[index].waiting.len() {
            self.end_pass(index, now);
        }
    }

    /// Puts two halves in the place of an endpoint's first payload; false where it is only one
    /// item.
    pub(super) fn split(&mut self, endpoint: Endpoint) -> bool {
        let lane = &mut self.lanes[endpoint as usize];
        let next = lane.next;
        let Some(Waiting { payload, batch, since }) = lane.waiting.remove(next) else {
            return false;
        };
        self.bytes -= payload.bytes();
        let (parts, is_split) = match payload.halves() {
            Ok(halves) => (Vec::from(halves), true),
            Err(single) => (vec![single], false),
        };
        for payload in parts.into_iter().rev() {
            self.bytes += payload.bytes();
            lane.waiting.insert(next, Waiting { payload, batch, since });
        }
        is_split
    }

    /// Whether payloads of this batch, or of one before it, still wait.
    pub(super) fn has_batch(&self, batch: u64) -> bool {
        let mut oldest = self.lanes.iter().filter_map(|lane| lane.waiting.front());
        oldest.any(|waiting| waiting.batch <= batch)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.waiting.is_empty())
    }

    /// Removes all.
    pub(super) fn clear(&mut self) -> Vec<Payload> {
        self.bytes = 0;
        let lanes = std::mem::take(&mut self.lanes);
        lanes.into_iter().flat_map(|lane| lane.waiting).map(|waiting| waiting.payload).collect()
    }

    fn remove(&mut self, lane: usize, place: usize) -> Option<Payload> {
        let lane = &mut self.lanes[lane];
        let payload = lane.waiting.remove(place)?.payload;
        self.bytes -= payload.bytes();
        if place < lane.next {
            lane.next -= 1;
        }
        Some(payload)
    }

    fn end_pass(&mut self, lane: usize, now: Instant) {
        let lane = &mut self.lanes[lane];
        let pass = std::mem::take(&mut lane.pass);
        lane.next = 0;
        lane.failed_passes = match (pass.has_settled, pass.has_failed) {
            (_, false) => 0,
            (true, true) => 1,
            (false, true) => lane.failed_passes.saturating_add(1),
        };
        lane.resume = pass.has_failed.then(|| {
            let delay = self.backoff.delay(lane.failed_passes, &mut self.random);
            now + delay.max(pass.after)
        });
    }
}

impl Backoff {
    /// At least half of what it comes to, at random, so that many processes do not come back at
    /// once.
    fn delay(self, failures: u32, random: &mut Random) -> Duration {
        let factor = 2_u32.saturating_pow(failures.saturating_sub(1));
        let whole = self.first.saturating_mul(factor).min(self.longest);
        #[allow(clippy::cast_precision_loss, reason = "a thousand steps are enough")]
        let share = random.below(1_000) as f64 / 1_000.0;
        whole.mul_f64(0.5 + share / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::payload::{Item, pack};
    use super::*;

    const BACKOFF: Backoff =
        Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60) };
    const FAILED: Settled = Settled::Retry { after: None, why: Retry::Failed };
    const UNREACHABLE: Settled = Settled::Retry { after: None, why: Retry::Unreachable };

    fn payload(endpoint: Endpoint, json: &str, items: usize) -> Payload {
        let items = vec![Item { json: json.to_owned(), calls: 1 }; items];
        pack(endpoint, items, 1_000).0.remove(0)
    }

    fn outbox() -> Outbox {
        Outbox::new(1_000_000, BACKOFF, Random::seeded(1))
    }

    /// The body that is due, if any.
    fn due(outbox: &Outbox, now: Instant) -> Option<String> {
        let endpoint = outbox.due(now)?;
        outbox.first(endpoint).map(Payload::body)
    }

    #[test]
    fn one_that_fails_holds_up_no_other() {
        let (mut outbox, now) = (outbox(), Instant::now());
        for json in ["1", "2", "3"] {
            outbox.push(payload(Endpoint::Events, json, 1), 0, now);
        }
        outbox.push(payload(Endpoint::Series, "0", 1), 0, now);
        let mut bodies = Vec::new();
        while let Some(body) = due(&outbox, now) {
            let settled = if body == "2" { FAILED } else { Settled::Sent };
            let endpoint = outbox.due(now).unwrap();
            bodies.push(body);
            outbox.settle(endpoint, settled, now);
        }
        assert_eq!(bodies, ["{\"series\":[0]}", "1", "2", "3"]);
        assert!(outbox.has_batch(0));
        let due_again = outbox.next_due().unwrap();
        assert!((500..=1_000).contains(&(due_again - now).as_millis()));
        assert_eq!(due(&outbox, due_again).unwrap(), "2");
        outbox.settle(Endpoint::Events, Settled::Sent, now);
        assert!(outbox.is_empty() && !outbox.has_batch(0));
        assert_eq!(outbox.bytes, 0);
    }

    #[test]
    fn waits_longer_with_each_failure_up_to_a_minute() {
        let (mut outbox, mut now) = (outbox(), Instant::now());
        outbox.push(payload(Endpoint::Series, "0", 1), 0, now);
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            outbox.settle(Endpoint::Series, FAILED, now);
            assert_eq!(outbox.due(now), None);
            let wait = outbox.next_due().unwrap() - now;
            assert!(wait <= Duration::from_secs(seconds));
            assert!(wait >= Duration::from_secs(seconds) / 2);
            now += wait;
        }
        let after = Some(Duration::from_secs(200));
        outbox.settle(Endpoint::Series, Settled::Retry { after, why: Retry::Limited }, now);
        assert_eq!(outbox.next_due(), Some(now + Duration::from_secs(200)));
        outbox.force();
        assert_eq!(outbox.due(now), Some(Endpoint::Series));
    }

    #[test]
    fn two_without_an_answer_end_a_pass() {
        let (mut outbox, now) = (outbox(), Instant::now());
        for json in ["1", "2", "3"] {
            outbox.push(payload(Endpoint::Events, json, 1), 0, now);
        }
        outbox.settle(Endpoint::Events, UNREACHABLE, now);
        assert_eq!(due(&outbox, now).unwrap(), "2");
        outbox.settle(Endpoint::Events, UNREACHABLE, now);
        assert_eq!(due(&outbox, now), None);
        assert_eq!(due(&outbox, outbox.next_due().unwrap()).unwrap(), "1");
    }

    #[test]
    fn splits_in_place_down_to_one() {
        let (mut outbox, now) = (outbox(), Instant::now());
        outbox.push(payload(Endpoint::ServiceChecks, "1", 3), 0, now);
        outbox.push(payload(Endpoint::ServiceChecks, "2", 1), 0, now);
        assert!(outbox.split(Endpoint::ServiceChecks));
        assert_eq!(due(&outbox, now).unwrap(), "[1]");
        assert!(!outbox.split(Endpoint::ServiceChecks));
        outbox.settle(Endpoint::ServiceChecks, Settled::Dropped, now);
        assert_eq!(due(&outbox, now).unwrap(), "[1,1]");
        outbox.settle(Endpoint::ServiceChecks, Settled::Sent, now);
        assert_eq!(due(&outbox, now).unwrap(), "[2]");
    }

    #[test]
    fn the_oldest_make_room() {
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
            assert!(outbox.bytes <= 30);
        }
        assert_eq!(dropped, ["\"000000\"", "[\"000001\"]", "\"000002\""]);
        assert!(outbox.has_batch(3) && !outbox.has_batch(2));
        let later = start + Duration::from_secs(10);
        let lost = outbox.push(payload(Endpoint::Events, &"9".repeat(31), 1), 6, later);
        assert_eq!(lost.len(), 4);
        assert!(outbox.is_empty());
    }

    #[test]
    fn what_is_too_old_goes() {
        let (mut outbox, now) = (outbox(), Instant::now());
        outbox.push(payload(Endpoint::ServiceChecks, "1", 1), 0, now);
        outbox.push(payload(Endpoint::Series, "2", 1), 0, now);
        assert!(outbox.expire(now + Duration::from_secs(600)).is_empty());
        assert_eq!(outbox.expire(now + Duration::from_secs(601)).len(), 1);
        assert_eq!(outbox.expire(now + Duration::from_secs(3_601)).len(), 1);
        assert!(outbox.is_empty());
    }
}
