//! What becomes of the calls on a client.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

/// What has become of the calls on a client so far; from
/// [`Stats::delivery`](crate::datadog::Stats::delivery).
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
    /// Not sent, since they could not be: no name or title, a number that is infinite or none, more
    /// than fits a packet.
    pub refused: u64,
    /// Why the latest of those were dropped or refused, or what keeps some from being sent. It stays
    /// when all is well again.
    pub problem: Option<String>,
    /// How long ago that was.
    #[serde(skip)]
    pub problem_age: Option<Duration>,
}

/// How long a problem is a reason to worry.
const RECENT: Duration = Duration::from_secs(60);

impl Delivery {
    /// The problem, unless it is more than a minute old.
    pub(super) fn recent_problem(&self) -> Option<&str> {
        self.problem.as_deref().filter(|_| self.problem_age.is_some_and(|age| age <= RECENT))
    }
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
    problem: Option<(String, Instant)>,
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
        let is_to_be_logged = match self.noted.try_lock() {
            Ok(mut noted) => noted.note(problem, Instant::now()),
            Err(_) => false,
        };
        // Not under the lock: a subscriber may count what it is told, with statistics of ours.
        if is_to_be_logged {
            log(problem);
        }
    }

    pub(super) fn delivery(&self) -> Delivery {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        Delivery {
            sent: self.sent.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            problem: noted.problem.as_ref().map(|(problem, _)| problem.clone()),
            problem_age: noted.problem.as_ref().map(|(_, at)| at.elapsed()),
        }
    }
}

impl Noted {
    /// Keeps the problem; true if it is to be logged.
    fn note(&mut self, problem: &dyn fmt::Display, now: Instant) -> bool {
        match &mut self.problem {
            Some((known, at)) if reads(known, problem) => *at = now,
            _ => {
                self.problem = Some((problem.to_string(), now));
                self.is_logged = false;
            }
        }
        if self.is_logged {
            return false;
        }
        if self.period.is_none_or(|start| now.saturating_duration_since(start) >= LOG_PERIOD) {
            self.period = Some(now);
            self.logged_in_period = 0;
        }
        self.is_logged = self.logged_in_period < MAX_LOGGED;
        self.logged_in_period += u32::from(self.is_logged);
        self.is_logged
    }
}

fn log(problem: &dyn fmt::Display) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "panopticon", %problem, "statistics do not get through");
    #[cfg(not(feature = "tracing"))]
    let _ = problem;
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
        let logged = ["a", "a", "b", "b", "a"].map(|problem| noted.note(&problem, now));
        assert_eq!(logged, [true, false, true, false, true]);
    }

    #[test]
    fn problems_that_take_turns_are_no_flood() {
        let (mut noted, start) = (Noted::default(), Instant::now());
        let mut logged_at = |seconds| {
            let now = start + Duration::from_secs(seconds);
            (0..1_000).filter(|problem| noted.note(problem, now)).count()
        };
        assert_eq!([0, 59, 60, 61].map(&mut logged_at), [10, 0, 10, 0]);
    }

    #[test]
    fn what_stays_wrong_is_logged_in_the_end() {
        let (mut noted, start) = (Noted::default(), Instant::now());
        for problem in 0..1_000 {
            noted.note(&problem, start);
        }
        assert!(!noted.note(&"the key is refused", start));
        assert_eq!(noted.problem.as_ref().unwrap().0, "the key is refused");
        assert!(noted.note(&"the key is refused", start + LOG_PERIOD));
        assert!(!noted.note(&"the key is refused", start + LOG_PERIOD));
    }

    #[test]
    fn a_problem_is_recent_for_a_minute() {
        let of_age = |seconds| Delivery {
            problem: Some("no Agent".to_owned()),
            problem_age: Some(Duration::from_secs(seconds)),
            ..Delivery::default()
        };
        assert_eq!([0, 60].map(|age| of_age(age).recent_problem().is_some()), [true; 2]);
        assert_eq!(of_age(61).recent_problem(), None);

        let mut noted = Noted::default();
        let start = Instant::now();
        for seconds in [0, 100] {
            noted.note(&"no Agent", start + Duration::from_secs(seconds));
        }
        // The same again is a later one.
        assert_eq!(noted.problem.unwrap().1, start + Duration::from_secs(100));
    }
}
