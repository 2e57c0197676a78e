//! Where statistics go, and how they got there.

use std::fmt;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

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
    /// Why the latest of those were dropped or refused. It stays when nothing is lost any more.
    pub problem: Option<String>,
    /// When that was.
    #[serde(skip)]
    pub lost_at: Option<SystemTime>,
}

/// How long a loss is a reason to worry.
const RECENT: Duration = Duration::from_secs(60);

impl Delivery {
    /// Whether statistics were lost within the last minute; true if the clock was set back since.
    pub(super) fn is_loss_recent(&self, now: SystemTime) -> bool {
        self.lost_at.is_some_and(|at| now.duration_since(at).map_or(true, |age| age <= RECENT))
    }
}

/// Counts what becomes of calls.
#[derive(Debug, Default)]
pub(super) struct Tally {
    sent: AtomicU64,
    dropped: AtomicU64,
    refused: AtomicU64,
    latest: Mutex<Option<Loss>>,
}

/// Why statistics were lost the last time, and when.
#[derive(Debug)]
struct Loss {
    problem: String,
    at: SystemTime,
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

    /// Keeps the problem, and logs it if it is not the one that is known. While another is being
    /// kept, that one will do: no caller waits.
    pub(super) fn note(&self, problem: &dyn fmt::Display) {
        let is_new = {
            let Ok(mut latest) = self.latest.try_lock() else { return };
            let at = SystemTime::now();
            match &mut *latest {
                Some(known) if reads(&known.problem, problem) => {
                    known.at = at;
                    false
                }
                other => {
                    *other = Some(Loss { problem: problem.to_string(), at });
                    true
                }
            }
        };
        // Not under the lock: a subscriber may count what it is told, with statistics of ours.
        if is_new {
            log(problem);
        }
    }

    pub(super) fn delivery(&self) -> Delivery {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        Delivery {
            sent: self.sent.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            problem: latest.as_ref().map(|loss| loss.problem.clone()),
            lost_at: latest.as_ref().map(|loss| loss.at),
        }
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
    fn a_loss_is_recent_for_a_minute() {
        let tally = Tally::default();
        let start = SystemTime::now();
        assert!(!tally.delivery().is_loss_recent(start));
        tally.dropped(1, &"no Agent");
        let delivery = tally.delivery();
        assert!(delivery.is_loss_recent(start - RECENT));
        assert!(delivery.is_loss_recent(start + RECENT / 2));
        assert!(!delivery.is_loss_recent(start + 10 * RECENT));
        // The same problem again is a later one.
        tally.latest.lock().unwrap().as_mut().unwrap().at -= 10 * RECENT;
        assert!(!tally.delivery().is_loss_recent(start));
        tally.dropped(1, &"no Agent");
        assert!(tally.delivery().is_loss_recent(start));
    }
}
