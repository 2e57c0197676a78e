//! Notices that the process was frozen: stopped, or not scheduled, as a container may be between two
//! requests. A run that was in flight meanwhile has not had its time.

use std::convert::Infallible;
use std::future::Future;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::time::sleep;

/// The interval at which the clock's thread shows that the process runs.
const BEAT: Duration = Duration::from_secs(1);

/// How late a beat may be on a busy machine.
const SLACK: Duration = Duration::from_millis(500);

/// The origin of the times below.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The time of the last beat, and the end of the last freeze, in milliseconds.
static LAST_BEAT: AtomicU64 = AtomicU64::new(0);
static THAWED: AtomicU64 = AtomicU64::new(0);

/// Begins to beat, and goes on for as long as the returned future is polled.
pub(super) fn begin() -> impl Future<Output = Infallible> {
    LAST_BEAT.store(milliseconds(Instant::now()), Ordering::Release);
    beat()
}

async fn beat() -> Infallible {
    loop {
        sleep(BEAT).await;
        notice_freeze();
        LAST_BEAT.store(milliseconds(Instant::now()), Ordering::Release);
    }
}

/// Returns whether the process was frozen at some time since this instant.
pub(super) fn was_frozen_since(since: Instant) -> bool {
    notice_freeze();
    THAWED.load(Ordering::Acquire) > milliseconds(since)
}

/// Notices a freeze if the last beat was too long ago. Whoever is first after it, the next beat or
/// a run, ends it, so that it is noticed once.
fn notice_freeze() {
    let now = milliseconds(Instant::now());
    if now > LAST_BEAT.load(Ordering::Acquire) + milliseconds_of(BEAT + SLACK) {
        THAWED.store(now, Ordering::Release);
        LAST_BEAT.store(now, Ordering::Release);
    }
}

fn milliseconds(instant: Instant) -> u64 {
    milliseconds_of(instant.saturating_duration_since(*START))
}

fn milliseconds_of(duration: Duration) -> u64 {
    // Enough for millions of years.
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
