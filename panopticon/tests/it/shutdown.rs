//! The end of background work.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use panopticon::{CheckOptions, Component, Panopticon, Publisher, Status};
use tokio::time::{advance, sleep};

use crate::scripted::{Held, Scripted};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn options() -> CheckOptions {
    CheckOptions::new()
}

#[tokio::test(start_paused = true)]
async fn no_run_is_started_any_more() {
    let (scheduled, asked) = (Scripted::healthy(), Scripted::healthy());
    let health = Panopticon::empty()
        .check("scheduled", options().interval(SECOND), scheduled.check())
        .check("asked", options().cache(10 * SECOND), asked.check())
        .check("never", options(), || async {})
        .build()
        .unwrap();
    sleep(5 * SECOND).await;
    health.check("asked").await.unwrap();
    health.shutdown().await;
    let runs = (scheduled.runs(), asked.runs());

    // What is fresh is shown.
    assert!(health.check("asked").await.unwrap().healthy());
    assert!(health.check("scheduled").await.unwrap().healthy());
    let never = health.check("never").await.unwrap();
    assert_eq!(
        (never.status(), never.message()),
        (Status::Unknown, Some("not checked: health checks have been shut down"))
    );
    sleep(60 * SECOND).await;
    let report = health.report().await;
    for (name, component) in report.components() {
        assert_eq!(component.status(), Status::Unknown, "{name}");
    }
    assert_eq!((scheduled.runs(), asked.runs()), runs);
    health.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn runs_in_flight_are_waited_for() {
    let ended = Arc::new(AtomicUsize::new(0));
    let takes = |time| {
        let ended = Arc::clone(&ended);
        move || {
            let ended = Arc::clone(&ended);
            async move {
                sleep(time).await;
                ended.fetch_add(1, Ordering::SeqCst);
            }
        }
    };
    let health = Panopticon::empty()
        .check("asked", options(), takes(500 * MILLISECOND))
        .check("scheduled", options().interval(SECOND), takes(1500 * MILLISECOND))
        .build()
        .unwrap();
    // The scheduled run begins within a second; then the other, which nobody waits for any more.
    sleep(SECOND).await;
    assert!(tokio::time::timeout(MILLISECOND, health.check("asked")).await.is_err());
    health.shutdown().await;
    assert_eq!(ended.load(Ordering::SeqCst), 2);
    assert!(health.report().await.service_healthy(), "their results are there");
}

#[tokio::test(start_paused = true)]
async fn but_no_longer_than_their_timeouts() {
    let held = Held::new();
    let health = Panopticon::empty()
        .check("hangs", options(), std::future::pending::<()>)
        .check_blocking("held", options().timeout(3 * SECOND), held.check_blocking())
        .build()
        .unwrap();
    let asked = health.clone();
    let asked = tokio::spawn(async move { asked.report().await });
    held.begun(1).await;
    let ends = health.clone();
    let ends = tokio::spawn(async move { ends.shutdown().await });
    for _ in 0..29 {
        advance(100 * MILLISECOND).await;
    }
    assert!(!ends.is_finished());
    advance(200 * MILLISECOND).await;
    ends.await.unwrap();
    let report = asked.await.unwrap();
    assert_eq!(report.component("held").unwrap().message(), Some("timed out after 3s"));
}

#[test]
fn asked_for_where_there_is_no_runtime() {
    let health = Panopticon::empty()
        .check("scheduled", options().interval(MILLISECOND), || async {})
        .build()
        .unwrap();
    // A runtime without a clock is as good as none.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(health.shutdown());
    let component = runtime.block_on(health.check("scheduled")).unwrap();
    assert_ne!(component.status(), Status::Unhealthy);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_asks_at_the_same_moment_starts_no_run_behind_its_back() {
    for _ in 0..200 {
        let under_way = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&under_way);
        let health = Panopticon::empty()
            .cache(Duration::ZERO)
            .check("check", options(), move || {
                let under_way = Arc::clone(&counted);
                under_way.fetch_add(1, Ordering::SeqCst);
                async move {
                    tokio::task::yield_now().await;
                    under_way.fetch_sub(1, Ordering::SeqCst);
                }
            })
            .build()
            .unwrap();
        let asks = health.clone();
        let asks = tokio::spawn(async move {
            while asks.report().await.service_healthy() {
                tokio::task::yield_now().await;
            }
        });
        tokio::task::yield_now().await;
        health.shutdown().await;
        assert_eq!(under_way.load(Ordering::SeqCst), 0);
        asks.await.unwrap();
    }
}

#[tokio::test]
async fn publishers_have_been_told_by_then() {
    struct Slow(Arc<AtomicUsize>);

    impl Publisher for Slow {
        fn result(&mut self, _: &str, _: &Component) {
            std::thread::sleep(20 * MILLISECOND);
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    let told = Arc::new(AtomicUsize::new(0));
    let health = (0..5)
        .fold(Panopticon::empty(), |builder, position| {
            builder.check(format!("check-{position}"), options(), || async {})
        })
        .publish(Slow(Arc::clone(&told)))
        .build()
        .unwrap();
    assert!(health.report().await.service_healthy());
    health.shutdown().await;
    assert_eq!(told.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn a_publisher_that_hangs_is_not_waited_for() {
    struct Hangs(std::sync::mpsc::Receiver<()>);

    impl Publisher for Hangs {
        fn result(&mut self, _: &str, _: &Component) {
            let _ = self.0.recv();
        }
    }

    let (_lets_go_at_the_end, receiver) = std::sync::mpsc::channel();
    let health = Panopticon::empty()
        .check("check", options(), || async {})
        .publish(Hangs(receiver))
        .build()
        .unwrap();
    assert!(health.report().await.service_healthy());
    // Ends at all.
    health.shutdown().await;
}
