//! The time for which the process has run, for events that are too frequent to read a clock.
//!
//! Reading a clock takes ten times as long as an atomic addition. So a task counts the time in
//! ticks, and an event only compares the last tick with the one it has seen before. A process that
//! is frozen does not tick.

use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::clock::clock;
use crate::paused_time;

/// The interval of the ticks.
const TICK: Duration = Duration::from_millis(250);

const TICK_MILLISECONDS: u64 = 250;

/// The time of [`START`]. A paused clock may be behind it.
const ORIGIN: u64 = 1 << 40;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The time of the last tick, or 0 if there are no ticks.
static LAST_TICK: AtomicU64 = AtomicU64::new(0);

static TICKING: Mutex<Ticking> = Mutex::new(Ticking::NotStarted);

enum Ticking {
    NotStarted,
    /// In this process, but not in a fork of it.
    In(u32),
    /// Never again, since a test has paused the time of its runtime. The ticks of the system's time
    /// mean nothing to it.
    TimeIsPaused,
}

/// A time in milliseconds since some instant, never 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunningTime {
    pub(crate) now: u64,
    /// By how much the time between two times may be shorter than their difference.
    pub(crate) uncertainty: u64,
}

/// Returns the time of the last tick, or 0 if there are no ticks and each event must read the time
/// with [`at_event`].
#[inline]
pub(crate) fn last_tick() -> u64 {
    LAST_TICK.load(Ordering::Relaxed)
}

/// Returns the time of an event that is the first since a tick, or any event if there are no ticks.
pub(crate) fn at_event() -> u64 {
    let (now, is_paused) = paused_time::now();
    match last_tick() {
        last_tick if last_tick != 0 && !is_paused => last_tick,
        _ => {
            let now = milliseconds(now.into_std());
            keep_ticking(now, is_paused).unwrap_or(now)
        }
    }
}

/// Returns the time of a question. This also starts the ticks again in a fork.
pub(crate) fn at_question() -> RunningTime {
    let (now, is_paused) = paused_time::now();
    let now = milliseconds(now.into_std());
    match keep_ticking(now, is_paused) {
        Some(now) => RunningTime { now, uncertainty: TICK_MILLISECONDS },
        None => RunningTime { now, uncertainty: 0 },
    }
}

/// Returns the time of the last tick. Starts the ticks at the time `now`, unless the process ticks
/// already. There are none if time is paused, or if they cannot be started.
fn keep_ticking(now: u64, is_paused: bool) -> Option<u64> {
    let mut ticking = TICKING.lock().unwrap_or_else(PoisonError::into_inner);
    if is_paused {
        *ticking = Ticking::TimeIsPaused;
        LAST_TICK.store(0, Ordering::Relaxed);
    }
    let here = process::id();
    match *ticking {
        Ticking::TimeIsPaused => return None,
        Ticking::In(process) if process == here => {}
        Ticking::In(_) | Ticking::NotStarted => {
            let clock = clock().ok()?;
            // In a fork, the time goes on from the last tick of its parent.
            let _ = LAST_TICK.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
            clock.spawn(tick());
            *ticking = Ticking::In(here);
        }
    }
    Some(last_tick())
}

async fn tick() {
    loop {
        sleep(TICK).await;
        let next = |last: u64| (last != 0).then_some(last + TICK_MILLISECONDS);
        if LAST_TICK.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_err() {
            return;
        }
    }
}

fn milliseconds(instant: Instant) -> u64 {
    let in_u64 = |milliseconds: u128| u64::try_from(milliseconds).unwrap_or(u64::MAX - ORIGIN);
    if let Some(after) = instant.checked_duration_since(*START) {
        ORIGIN + in_u64(after.as_millis())
    } else {
        // Rounded down too, so that the time between two instants is exact on both sides.
        let before = (*START - instant).as_nanos().div_ceil(1_000_000);
        ORIGIN.saturating_sub(in_u64(before)).max(1)
    }
}
