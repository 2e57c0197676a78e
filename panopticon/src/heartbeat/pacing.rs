//! When the next heartbeat is due. It has no clock; callers pass the time.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::time::Instant;

use crate::settings::{Beat, MIN_HEARTBEAT_INTERVAL};

/// When the next call is due, and what the last one reported.
pub(crate) struct Pacing {
    interval: Duration,
    /// `None` before the first call.
    last: Option<LastCall>,
    /// The number of consecutive calls that have failed.
    failures: u32,
    random: RandomState,
}

struct LastCall {
    beat: Beat,
    began: Instant,
    /// A random number from 0 to 1, for the wait until the next one if it has failed.
    jitter: f64,
}

impl Pacing {
    pub(crate) fn new(interval: Duration) -> Self {
        Self { interval, last: None, failures: 0, random: RandomState::new() }
    }

    /// Records a call.
    pub(crate) fn called(&mut self, beat: Beat, began: Instant, has_succeeded: bool) {
        self.failures = if has_succeeded { 0 } else { self.failures.saturating_add(1) };
        let bits = u32::try_from(self.random.hash_one(began) >> 32).unwrap_or_default();
        let jitter = f64::from(bits) / f64::from(u32::MAX);
        self.last = Some(LastCall { beat, began, jitter });
    }

    /// Returns the earliest time of the next call, whatever it reports.
    pub(crate) fn earliest(&self) -> Option<Instant> {
        self.last.as_ref().map(|last| last.began + MIN_HEARTBEAT_INTERVAL)
    }

    /// Returns when a call that reports this is due; `None` for immediately.
    pub(crate) fn due(&self, beat: Beat) -> Option<Instant> {
        let last = self.last.as_ref()?;
        if last.beat != beat {
            return self.earliest();
        }
        let wait = match self.failures {
            0 => self.interval,
            failures => {
                let factor = 2_u32.saturating_pow(failures - 1);
                let doubled = MIN_HEARTBEAT_INTERVAL.saturating_mul(factor);
                // Never sooner, and up to half as much later.
                doubled.mul_f64(1.0 + last.jitter / 2.0).min(self.interval)
            }
        };
        Some(last.began + wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn wait(pacing: &Pacing, beat: Beat, now: Instant) -> Duration {
        pacing.due(beat).unwrap() - now
    }

    #[test]
    fn retries_take_longer_up_to_the_interval() {
        let now = Instant::now();
        for _ in 0..100 {
            let mut pacing = Pacing::new(60 * SECOND);
            assert_eq!(pacing.due(Beat::Healthy), None);
            for (least, most) in [(10, 15), (20, 30), (40, 60), (60, 60), (60, 60)] {
                pacing.called(Beat::Healthy, now, false);
                let wait = wait(&pacing, Beat::Healthy, now);
                assert!((least * SECOND..=most * SECOND).contains(&wait), "{wait:?}");
            }
            pacing.called(Beat::Healthy, now, true);
            assert_eq!(wait(&pacing, Beat::Healthy, now), 60 * SECOND);
        }
    }

    #[test]
    fn a_change_is_due_at_the_earliest_time() {
        let now = Instant::now();
        let mut pacing = Pacing::new(3600 * SECOND);
        for has_succeeded in [true, false, false, false, false] {
            pacing.called(Beat::Healthy, now, has_succeeded);
            assert_eq!(wait(&pacing, Beat::Unhealthy, now), 10 * SECOND);
        }
    }
}
