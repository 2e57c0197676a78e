//! Notices that the process was frozen: stopped, or not scheduled, as a container may be between
//! two requests. A run that was in flight during the freeze has not had its whole timeout.

use std::convert::Infallible;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::sleep;

/// The interval at which the clock's thread shows that the process runs.
const BEAT: Duration = Duration::from_secs(1);

/// How late a beat may be on a busy machine.
const SLACK: Duration = Duration::from_millis(500);

/// The origin of the times below, which are in milliseconds.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The time of the last beat; in the future before the first. It is locked while a freeze is
/// recorded, so that a thread that sees that a freeze was noticed also sees how long it took.
static LAST_BEAT: Mutex<u64> = Mutex::new(u64::MAX);

/// The end of the last freeze.
static THAWED: AtomicU64 = AtomicU64::new(0);

/// How long all freezes have taken together.
static FROZEN: AtomicU64 = AtomicU64::new(0);

/// Starts the heartbeat, which continues for as long as the returned future is polled.
pub(super) fn start() -> impl Future<Output = Infallible> {
    *last_beat() = milliseconds(Instant::now());
    continue_beating()
}

async fn continue_beating() -> Infallible {
    loop {
        sleep(BEAT).await;
        let mut last = last_beat();
        let now = milliseconds(Instant::now());
        notice_freeze_since(&mut last, now);
        *last = now;
    }
}

/// Returns how long all freezes that were noticed have taken together, each up to a second too
/// long.
pub(super) fn frozen() -> Duration {
    Duration::from_millis(FROZEN.load(Ordering::Acquire))
}

/// Returns whether the process was frozen at some time since this instant.
pub(super) fn was_frozen_since(since: Instant) -> bool {
    notice_freeze();
    THAWED.load(Ordering::Acquire) > milliseconds(since)
}

/// Notices a freeze if the last beat was too long ago. Whatever is first after it, the next beat or
/// a question, ends it, so that it is noticed once.
pub(super) fn notice_freeze() {
    let mut last = last_beat();
    notice_freeze_since(&mut last, milliseconds(Instant::now()));
}

fn notice_freeze_since(last: &mut u64, now: u64) {
    if now > last.saturating_add(milliseconds_of(BEAT + SLACK)) {
        FROZEN.fetch_add(now - *last, Ordering::AcqRel);
        THAWED.store(now, Ordering::Release);
        *last = now;
    }
}

fn last_beat() -> MutexGuard<'static, u64> {
    LAST_BEAT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn milliseconds(instant: Instant) -> u64 {
    milliseconds_of(instant.saturating_duration_since(*START))
}

fn milliseconds_of(duration: Duration) -> u64 {
    // Enough for millions of years.
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
