//! At most one run of a check is in flight, however many callers ask and however the run ends.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use panopticon::{CheckOptions, Component, Health, Panopticon, Status};
use tokio::time::{Instant, advance, sleep, timeout};

use crate::scripted::{Held, HeldClock, OnDrop};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// Returns a service whose check takes 100 ms, and the number of its runs.
fn slow(options: CheckOptions) -> (Panopticon, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let builder = Panopticon::empty().check("slow", options, move || {
        counted.fetch_add(1, Ordering::SeqCst);
        sleep(100 * MILLISECOND)
    });
    (builder.build().unwrap(), runs)
}

/// Asks for the component `held` and lets its first run exceed the timeout. The paused clock does
/// not advance by itself while a blocking task runs.
async fn ask_until_timeout(health: &Panopticon, held: &Held) -> Component {
    let health = health.clone();
    let asked = tokio::spawn(async move { health.check("held").await.unwrap() });
    held.begun(1).await;
    advance(2 * SECOND).await;
    asked.await.unwrap()
}

#[track_caller]
fn assert_unhealthy(component: &Component, message: &str) {
    assert_eq!((component.status(), component.message()), (Status::Unhealthy, Some(message)));
}

#[tokio::test(start_paused = true)]
async fn concurrent_callers_share_one_run() {
    for cache in [Duration::ZERO, SECOND] {
        let (health, runs) = slow(options().cache(cache));
        let asked: Vec<_> = (0..1000)
            .map(|_| {
                let health = health.clone();
                tokio::spawn(async move { health.report().await })
            })
            .collect();
        let start = Instant::now();
        for report in asked {
            assert!(report.await.unwrap().service_healthy());
        }
        assert_eq!(start.elapsed(), 100 * MILLISECOND);
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_caller_joins_the_run_and_its_deadline() {
    let health = Panopticon::empty().check("hangs", options(), pending::<()>).build().unwrap();
    let early = health.clone();
    let early = tokio::spawn(async move { early.report().await });
    sleep(1500 * MILLISECOND).await;
    let start = Instant::now();
    assert_unhealthy(&health.check("hangs").await.unwrap(), "timed out after 2s");
    assert_eq!(start.elapsed(), 500 * MILLISECOND);
    early.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_does_not_affect_the_others() {
    let (health, runs) = slow(options());
    let [gives_up, waits] =
        [health.clone(), health].map(|health| tokio::spawn(async move { health.report().await }));
    sleep(50 * MILLISECOND).await;
    gives_up.abort();
    assert!(waits.await.unwrap().service_healthy());
    assert!(gives_up.await.unwrap_err().is_cancelled());
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_run_ends_and_its_result_serves_the_next_caller() {
    let (health, runs) = slow(options());
    assert!(timeout(50 * MILLISECOND, health.report()).await.is_err());
    sleep(60 * MILLISECOND).await;
    let start = Instant::now();
    assert!(health.report().await.service_healthy());
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_handle_drops_a_run_in_flight() {
    let dropped = Arc::new(AtomicBool::new(false));
    let captured = OnDrop(Arc::clone(&dropped));
    let health = Panopticon::empty()
        .check("slow", options(), move || {
            let _captured = &captured;
            sleep(SECOND)
        })
        .build()
        .unwrap();
    let asked = health.clone();
    let asked = tokio::spawn(async move { asked.report().await });
    sleep(500 * MILLISECOND).await;
    asked.abort();
    drop(health);
    // While this task yields, the paused clock does not advance, so the run cannot end.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(dropped.load(Ordering::SeqCst));
}

/// Returns a service whose async check hangs, whether the check has begun, and whether it was
/// dropped.
fn hangs(options: CheckOptions) -> (Panopticon, Arc<AtomicBool>, Arc<AtomicBool>) {
    let (begun, dropped) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
    let (begins, drops) = (Arc::clone(&begun), Arc::clone(&dropped));
    let builder = Panopticon::empty().check("hangs", options, move || {
        begins.store(true, Ordering::SeqCst);
        let guard = OnDrop(Arc::clone(&drops));
        async move {
            let _guard = guard;
            pending::<()>().await;
        }
    });
    (builder.build().unwrap(), begun, dropped)
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_run_that_hangs_is_dropped_at_its_timeout() {
    let (health, _, dropped) = hangs(options());
    assert!(timeout(MILLISECOND, health.report()).await.is_err());
    sleep(1900 * MILLISECOND).await;
    assert!(!dropped.load(Ordering::SeqCst));
    sleep(100 * MILLISECOND).await;
    assert!(dropped.load(Ordering::SeqCst));
    assert_unhealthy(&health.check("hangs").await.unwrap(), "timed out after 2s");
}

#[test]
fn an_abandoned_run_that_hangs_is_dropped_on_a_runtime_without_a_clock() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let options = options().timeout(MILLISECOND).cache(Duration::ZERO);
        let (health, begun, dropped) = hangs(options);
        while !begun.load(Ordering::SeqCst) {
            // On a busy machine, the timeout may pass before the run begins.
            let asked = health.clone();
            let asked = tokio::spawn(async move { asked.report().await });
            while !begun.load(Ordering::SeqCst) && !asked.is_finished() {
                tokio::task::yield_now().await;
            }
            asked.abort();
        }
        while !dropped.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        drop(health);
    });
}

#[tokio::test(start_paused = true)]
async fn a_cached_result_is_read_while_a_run_of_its_check_hangs() {
    let held = Held::new();
    let (hangs, numbers) = (held.check_blocking(), AtomicUsize::new(0));
    // The clock may advance until the second run begins, so the timeout is long.
    let options = options().interval(10 * SECOND).timeout(3600 * SECOND);
    let health = Panopticon::empty()
        .check_blocking("scheduled", options, move || {
            match numbers.fetch_add(1, Ordering::SeqCst) {
                0 => Health::healthy("first"),
                _ => hangs(),
            }
        })
        .build()
        .unwrap();
    held.begun(1).await;
    let start = Instant::now();
    for _ in 0..1000 {
        assert_eq!(health.check("scheduled").await.unwrap().message(), Some("first"));
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_blocking_check_past_its_timeout_is_reported_with_its_age_and_runs_again_once_it_ends() {
    let held = Held::new();
    let health = Panopticon::empty()
        .check_blocking("held", options(), held.check_blocking())
        .build()
        .unwrap();
    assert_unhealthy(&ask_until_timeout(&health, &held).await, "timed out after 2s");

    advance(11 * SECOND).await;
    let start = Instant::now();
    let component = health.check("held").await.unwrap();
    assert_unhealthy(&component, "still running after 13 s");
    assert_eq!(component.response_time().as_secs(), 13);
    assert_eq!(start.elapsed(), Duration::ZERO, "callers do not wait for it");

    held.release();
    // The thread ends at some point from now on.
    let recovered = loop {
        let component = health.check("held").await.unwrap();
        if component.healthy() {
            break component;
        }
        assert_unhealthy(&component, "still running after 13 s");
    };
    assert_eq!(recovered.message(), Some("run 2"), "the late result is not reported");
    assert_eq!(held.runs(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_async_check_that_blocks_its_thread_past_its_timeout_is_reported_the_same_way() {
    let service =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let held = Held::new();
    let health = {
        let _context = service.enter();
        Panopticon::empty().check("held", options(), held.check()).build().unwrap()
    };
    let _clock = HeldClock::new();
    let asked = health.clone();
    let asked = tokio::spawn(async move { asked.check("held").await.unwrap() });
    held.begun(1).await;
    advance(2 * SECOND).await;
    assert_unhealthy(&asked.await.unwrap(), "timed out after 2s");
    advance(5 * SECOND).await;
    assert_unhealthy(&health.check("held").await.unwrap(), "still running after 7 s");
    assert_eq!(held.runs(), 1);

    held.release();
    let recovered = loop {
        let component = health.check("held").await.unwrap();
        if component.healthy() {
            break component;
        }
        assert_unhealthy(&component, "still running after 7 s");
    };
    assert_eq!(recovered.message(), Some("run 2"));
    service.shutdown_background();
}

#[tokio::test(start_paused = true)]
async fn a_blocked_run_counts_as_a_failure_once_per_timeout_however_often_callers_ask() {
    for cache in [Duration::ZERO, SECOND] {
        let held = Held::new();
        let health = Panopticon::empty()
            .check_blocking(
                "held",
                options().failure_threshold(3).cache(cache),
                held.check_blocking(),
            )
            .build()
            .unwrap();
        let failures = |component: &Component| component.damped().map(|damped| damped.count);
        let component = ask_until_timeout(&health, &held).await;
        assert_eq!((component.status(), failures(&component)), (Status::Unknown, Some(1)));
        for _ in 0..1000 {
            let component = health.check("held").await.unwrap();
            assert_eq!(failures(&component), Some(1), "asking again does not count as a failure");
        }
        advance(2 * SECOND).await;
        let component = health.check("held").await.unwrap();
        assert_eq!((component.status(), failures(&component)), (Status::Unknown, Some(2)));
        advance(2 * SECOND).await;
        let component = health.check("held").await.unwrap();
        assert_eq!((component.status(), failures(&component)), (Status::Unhealthy, None));
        assert_eq!(held.runs(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_async_check_that_hangs_runs_again() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let health = Panopticon::empty()
        .check("hangs", options().failure_threshold(3).cache(Duration::ZERO), move || {
            counted.fetch_add(1, Ordering::SeqCst);
            pending::<()>()
        })
        .build()
        .unwrap();
    for run in 1..=4 {
        let component = health.check("hangs").await.unwrap();
        assert_eq!(component.message(), Some("timed out after 2s"));
        let expected = if run < 3 { Status::Unknown } else { Status::Unhealthy };
        assert_eq!(component.status(), expected, "{run}");
        // Lets the runtime drop the run, which is in flight until then.
        tokio::task::yield_now().await;
        assert_eq!(runs.load(Ordering::SeqCst), run);
    }
}
