//! What else can go wrong, and hurts only itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Status};
use tokio::time::{Instant, sleep};

use crate::scripted::OnDrop;

const SECOND: Duration = Duration::from_secs(1);

fn options() -> CheckOptions {
    CheckOptions::new()
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_check_that_panics_is_run_again() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let health = Panopticon::empty()
        .check("panics", options().interval(SECOND), move || {
            let run = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                assert!(run >= 3, "secret");
            }
        })
        .build()
        .unwrap();
    let mut transitions = health.subscribe();
    let first = transitions.next().await.unwrap().unwrap();
    assert_eq!(first.to_string(), "panics: unknown → unhealthy (panicked)");
    let second = transitions.next().await.unwrap().unwrap();
    assert_eq!(second.to_string(), "panics: unhealthy → healthy");
    assert_eq!(runs.load(Ordering::SeqCst), 4);
}

#[tokio::test(start_paused = true)]
async fn handles_dropped_while_a_run_is_in_flight_leak_nothing() {
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
    sleep(Duration::from_millis(500)).await;
    asked.abort();
    let start = Instant::now();
    drop(health);
    // The run is dropped, since nobody can ask for its answer any more.
    while !dropped.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn times_are_told_by_a_clock_that_nobody_sets() {
    // This clock goes on by a year in no time of the system's: it might have been set back by one.
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    let health = Panopticon::empty()
        .check("asked", options(), || async { Health::healthy("") })
        .check("scheduled", options().interval(60 * SECOND), || async {})
        .build()
        .unwrap();
    let start = std::time::SystemTime::now();
    sleep(2 * SECOND).await;
    let first = health.report().await;
    tokio::time::advance(YEAR).await;
    let stale = health.check("scheduled").await.unwrap();
    assert_eq!(stale.status(), Status::Unknown);
    sleep(62 * SECOND).await;
    let report = health.report().await;
    assert!(report.service_healthy());
    for (name, component) in report.components() {
        let elapsed = component.checked_at().unwrap() - first.timestamp();
        assert!(elapsed < chrono::TimeDelta::days(1), "{name} tells the system's time: {elapsed}");
    }
    assert!(first.timestamp() >= chrono::DateTime::<chrono::Utc>::from(start) - SECOND);
}
