//! Counts of sent and lost calls, and the log of problems.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

/// The number of calls on a client so far, by what has become of them; from
/// [`Stats::delivery`](crate::datadog::Stats::delivery).
///
/// A call in none of these counts is still on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// Calls handed to the Agent's socket or accepted by the API. UDP only reveals an absent Agent
    /// on the same host, and not for every packet.
    pub sent: u64,
    /// Calls lost because the Agent was absent or too slow, or the API rejected them.
    pub dropped: u64,
    /// Calls that cannot be sent: without a name or title, with an infinite value or NaN, with a time
    /// before 1970, or too large for a packet.
    pub refused: u64,
    /// The latest reason why calls were dropped or refused, or are held back. It stays after the
    /// problem is over.
    pub problem: Option<String>,
    /// The time since that problem last occurred.
    #[serde(skip)]
    pub problem_age: Option<Duration>,
}

/// How long a problem counts as recent.
const RECENT: Duration = Duration::from_secs(60);

impl Delivery {
    /// Returns the problem, unless it is more than a minute old.
    pub(super) fn recent_problem(&self) -> Option<&str> {
        self.problem.as_deref().filter(|_| self.problem_age.is_some_and(|age| age <= RECENT))
    }
}

/// The counts of one client.
#[derive(Debug, Default)]
pub(super) struct Tally {
    sent: AtomicU64,
    dropped: AtomicU64,
    refused: AtomicU64,
    problems: Mutex<ProblemLog>,
}

impl Tally {
    pub(super) fn count_sent(&self, calls: u64) {
        self.sent.fetch_add(calls, Ordering::Relaxed);
    }

    pub(super) fn count_dropped(&self, calls: u64, problem: &str) {
        self.dropped.fetch_add(calls, Ordering::Relaxed);
        self.note(problem);
    }

    /// Counts calls as dropped that were counted as sent.
    pub(super) fn recount_as_dropped(&self, calls: u64, problem: &str) {
        self.sent.fetch_sub(calls, Ordering::Relaxed);
        self.count_dropped(calls, problem);
    }

    pub(super) fn count_refused(&self, calls: u64, problem: &str) {
        self.refused.fetch_add(calls, Ordering::Relaxed);
        self.note(problem);
    }

    /// Remembers the problem, and logs it unless it was the last one logged. Skips a problem while
    /// another thread notes one, so that no caller waits.
    pub(super) fn note(&self, problem: &str) {
        let should_log = match self.problems.try_lock() {
            Ok(mut problems) => problems.note(problem, Instant::now()),
            Err(_) => false,
        };
        // After the lock is released: a subscriber may send statistics of its own.
        if should_log {
            log(problem);
        }
    }

    pub(super) fn delivery(&self) -> Delivery {
        let problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        Delivery {
            sent: self.sent.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            problem: problems.latest.as_ref().map(|(problem, _)| problem.clone()),
            problem_age: problems.latest.as_ref().map(|(_, at)| at.elapsed()),
        }
    }
}

/// The maximum number of problems logged in each [`LOG_PERIOD`], in case every call has a new one.
const MAX_LOGGED: u32 = 10;

const LOG_PERIOD: Duration = Duration::from_secs(60);

/// The latest problem, and how many were logged.
#[derive(Debug, Default)]
struct ProblemLog {
    latest: Option<(String, Instant)>,
    is_latest_logged: bool,
    period_start: Option<Instant>,
    logged_in_period: u32,
}

impl ProblemLog {
    /// Remembers the problem, and returns whether to log it.
    fn note(&mut self, problem: &str, now: Instant) -> bool {
        match &mut self.latest {
            Some((latest, at)) if latest == problem => *at = now,
            _ => {
                self.latest = Some((problem.to_owned(), now));
                self.is_latest_logged = false;
            }
        }
        if self.is_latest_logged {
            return false;
        }
        if self.period_start.is_none_or(|start| now.saturating_duration_since(start) >= LOG_PERIOD)
        {
            self.period_start = Some(now);
            self.logged_in_period = 0;
        }
        self.is_latest_logged = self.logged_in_period < MAX_LOGGED;
        self.logged_in_period += u32::from(self.is_latest_logged);
        self.is_latest_logged
    }
}

fn log(problem: &str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        target: crate::log_target::LOG_TARGET,
        problem = %crate::escaped::Escaped(problem),
        "statistics are not delivered"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = problem;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_logged_once() {
        let (mut problems, now) = (ProblemLog::default(), Instant::now());
        let logged = ["a", "a", "b", "b", "a"].map(|problem| problems.note(problem, now));
        assert_eq!(logged, [true, false, true, false, true]);
    }

    #[test]
    fn alternating_problems_do_not_flood_the_log() {
        let (mut problems, start) = (ProblemLog::default(), Instant::now());
        let mut logged_at = |seconds| {
            let now = start + Duration::from_secs(seconds);
            (0..1_000).filter(|problem: &u32| problems.note(&problem.to_string(), now)).count()
        };
        assert_eq!([0, 59, 60, 61].map(&mut logged_at), [10, 0, 10, 0]);
    }

    #[test]
    fn a_lasting_problem_is_logged_in_the_next_period() {
        let (mut problems, start) = (ProblemLog::default(), Instant::now());
        for problem in 0..1_000_u32 {
            problems.note(&problem.to_string(), start);
        }
        assert!(!problems.note("the key is refused", start));
        assert_eq!(problems.latest.as_ref().unwrap().0, "the key is refused");
        assert!(problems.note("the key is refused", start + LOG_PERIOD));
        assert!(!problems.note("the key is refused", start + LOG_PERIOD));
    }

    #[test]
    fn a_problem_is_recent_for_a_minute() {
        let with_age = |seconds| Delivery {
            problem: Some("no Agent".to_owned()),
            problem_age: Some(Duration::from_secs(seconds)),
            ..Delivery::default()
        };
        assert_eq!([0, 60].map(|age| with_age(age).recent_problem().is_some()), [true; 2]);
        assert_eq!(with_age(61).recent_problem(), None);

        let mut problems = ProblemLog::default();
        let start = Instant::now();
        for seconds in [0, 100] {
            problems.note("no Agent", start + Duration::from_secs(seconds));
        }
        // The same problem again renews its time.
        assert_eq!(problems.latest.unwrap().1, start + Duration::from_secs(100));
    }
}
