//! Where statistics go, and how they got there.

use std::fmt;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::Tags;
use super::event::Event;
use super::service_check::ServiceCheck;
use super::value::Value;

/// What a metric's values mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Adds up: [`increment`](crate::stats::increment) and [`decrement`](crate::stats::decrement).
    Count,
    /// The latest holds.
    Gauge,
    /// Minimum, maximum, average, count and percentiles, of one host.
    Histogram,
    /// The same of all hosts together, worked out by Datadog.
    Distribution,
    /// A histogram of milliseconds.
    Timing,
}

/// One value of a metric. Name and tags are as they are sent, but for prefix and default tags.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample<'a> {
    pub(super) kind: Kind,
    pub(super) name: &'a str,
    pub(super) value: Value,
    pub(super) tags: Tags<'a>,
}

/// What is added to everything that a client sends.
#[derive(Debug, Clone, Default)]
pub(super) struct Common {
    /// Stands before each name, with a dot between.
    pub(super) prefix: String,
    pub(super) tags: Vec<(String, String)>,
    pub(super) hostname: Option<String>,
}

/// Takes statistics. Nobody who hands some over waits for where they go.
pub(super) trait Sink: fmt::Debug + Send + Sync {
    fn sample(&self, sample: &Sample<'_>);

    fn event(&self, event: Event);

    /// The name is as it is sent, but for the prefix.
    fn service_check(&self, check: ServiceCheck);

    /// Sends what was taken before; false if that took too long. What is then lost counts as
    /// dropped, and is not waited for.
    fn flush(&self, timeout: Duration) -> bool;
}

/// What has become of the calls on a client so far; from
/// [`Stats::delivery`](crate::stats::Stats::delivery).
///
/// A call that is neither is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// Handed to the Agent's socket, or taken by the API. UDP tells only that an Agent of the same
    /// host is absent, and that not of every packet.
    pub sent: u64,
    /// Lost: there was no Agent, it was too slow, or the API refused them.
    pub dropped: u64,
    /// Not sent, since they could not be: no name or title, a number that is infinite or none, more than
    /// fits a packet.
    pub refused: u64,
    /// Why the latest of those were dropped or refused.
    pub problem: Option<String>,
}

/// Counts what becomes of calls.
#[derive(Debug, Default)]
pub(super) struct Tally {
    sent: AtomicU64,
    dropped: AtomicU64,
    refused: AtomicU64,
    noted: Mutex<Noted>,
}

/// How many lines are logged at most in each [`LOG_PERIOD`]: where each call has another problem
/// than the one before, each would be a line.
const MAX_LOGGED: u32 = 10;

const LOG_PERIOD: Duration = Duration::from_secs(60);

/// The latest problem, and what was logged.
#[derive(Debug, Default)]
struct Noted {
    problem: Option<String>,
    is_logged: bool,
    period: Option<Instant>,
    logged_in_period: u32,
}

impl Tally {
    pub(super) fn sent(&self, count: u64) {
        self.sent.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn dropped(&self, count: u64, problem: &dyn fmt::Display) {
        self.dropped.fetch_add(count, Ordering::Relaxed);
        self.note(problem);
    }

    /// What was thought to be sent was not.
    pub(super) fn dropped_after_all(&self, count: u64, problem: &dyn fmt::Display) {
        self.sent.fetch_sub(count, Ordering::Relaxed);
        self.dropped(count, problem);
    }

    pub(super) fn refused(&self, problem: &dyn fmt::Display) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.note(problem);
    }

    /// Keeps the problem, and logs it unless it was the last that was logged. While another is being
    /// kept, that one will do: no caller waits.
    pub(super) fn note(&self, problem: &dyn fmt::Display) {
        {
            let Ok(mut noted) = self.noted.try_lock() else { return };
            if !noted.note(problem, Instant::now) {
                return;
            }
        }
        // Not under the lock: a subscriber may count what it is told, with statistics of ours.
        #[cfg(feature = "tracing")]
        tracing::warn!(target: "panopticon", %problem, "statistics do not get through");
    }

    pub(super) fn delivery(&self) -> Delivery {
        Delivery {
            sent: self.sent.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            problem: self.noted.lock().unwrap_or_else(PoisonError::into_inner).problem.clone(),
        }
    }
}

impl Noted {
    /// Keeps the problem; true if it is to be logged.
    fn note(&mut self, problem: &dyn fmt::Display, now: impl FnOnce() -> Instant) -> bool {
        if !self.problem.as_ref().is_some_and(|known| reads(known, problem)) {
            self.problem = Some(problem.to_string());
            self.is_logged = false;
        }
        if self.is_logged {
            return false;
        }
        let now = now();
        if self.period.is_none_or(|start| now.saturating_duration_since(start) >= LOG_PERIOD) {
            self.period = Some(now);
            self.logged_in_period = 0;
        }
        self.is_logged = self.logged_in_period < MAX_LOGGED;
        self.logged_in_period += u32::from(self.is_logged);
        self.is_logged
    }
}

/// Whether a value is displayed as a text, found out without making one: what is lost may be lost a
/// million times a second.
fn reads(text: &str, value: &dyn fmt::Display) -> bool {
    struct Rest<'a>(&'a str);

    impl fmt::Write for Rest<'_> {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(part).ok_or(fmt::Error)?;
            Ok(())
        }
    }

    let mut rest = Rest(text);
    fmt::write(&mut rest, format_args!("{value}")).is_ok() && rest.0.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_logged_once() {
        let (mut noted, now) = (Noted::default(), Instant::now());
        let logged = ["a", "a", "b", "b", "a"].map(|problem| noted.note(&problem, || now));
        assert_eq!(logged, [true, false, true, false, true]);
    }

    #[test]
    fn problems_that_take_turns_are_no_flood() {
        let (mut noted, start) = (Noted::default(), Instant::now());
        let mut logged_at = |seconds| {
            let now = start + Duration::from_secs(seconds);
            (0..1_000).filter(|problem| noted.note(problem, || now)).count()
        };
        assert_eq!([0, 59, 60, 61].map(&mut logged_at), [10, 0, 10, 0]);
    }

    #[test]
    fn what_stays_wrong_is_logged_in_the_end() {
        let (mut noted, start) = (Noted::default(), Instant::now());
        for problem in 0..1_000 {
            noted.note(&problem, || start);
        }
        assert!(!noted.note(&"the key is refused", || start));
        assert_eq!(noted.problem.as_deref(), Some("the key is refused"));
        assert!(noted.note(&"the key is refused", || start + LOG_PERIOD));
        assert!(!noted.note(&"the key is refused", || start + LOG_PERIOD));
    }
}
