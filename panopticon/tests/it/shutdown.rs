//! Shutdown, which ends background work.

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
async fn no_run_begins_after_shutdown() {
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

    // Cached results are still reported.
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
async fn shutdown_waits_for_runs_in_flight() {
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
    // The scheduled run begins within a second, then the other, whose only caller gives up.
    sleep(SECOND).await;
    assert!(tokio::time::timeout(MILLISECOND, health.check("asked")).await.is_err());
    health.shutdown().await;
    assert_eq!(ended.load(Ordering::SeqCst), 2);
    assert!(health.report().await.service_healthy(), "their results are recorded");
}

#[tokio::test(start_paused = true)]
async fn shutdown_waits_no_longer_than_the_timeouts_of_runs() {
    let held = Held::new();
    let health = Panopticon::empty()
        .check("hangs", options(), std::future::pending::<()>)
        .check_blocking("held", options().timeout(3 * SECOND), held.check_blocking())
        .build()
        .unwrap();
    let asked = health.clone();
    let asked = tokio::spawn(async move { asked.report().await });
    held.begun(1).await;
    let shutdown = health.clone();
    let shutdown = tokio::spawn(async move { shutdown.shutdown().await });
    for _ in 0..29 {
        advance(100 * MILLISECOND).await;
    }
    assert!(!shutdown.is_finished());
    advance(200 * MILLISECOND).await;
    shutdown.await.unwrap();
    let report = asked.await.unwrap();
    assert_eq!(report.component("held").unwrap().message(), Some("timed out after 3s"));
}

#[test]
fn shutdown_works_on_a_runtime_without_a_clock() {
    let health = Panopticon::empty()
        .check("scheduled", options().interval(MILLISECOND), || async {})
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(health.shutdown());
    let component = runtime.block_on(health.check("scheduled")).unwrap();
    assert_ne!(component.status(), Status::Unhealthy);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_caller_racing_with_shutdown_starts_no_run_after_it() {
    for _ in 0..200 {
        let in_flight = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&in_flight);
        let health = Panopticon::empty()
            .cache(Duration::ZERO)
            .check("check", options(), move || {
                let in_flight = Arc::clone(&counted);
                in_flight.fetch_add(1, Ordering::SeqCst);
                async move {
                    tokio::task::yield_now().await;
                    in_flight.fetch_sub(1, Ordering::SeqCst);
                }
            })
            .build()
            .unwrap();
        let caller = health.clone();
        let caller = tokio::spawn(async move {
            while caller.report().await.service_healthy() {
                tokio::task::yield_now().await;
            }
        });
        tokio::task::yield_now().await;
        health.shutdown().await;
        assert_eq!(in_flight.load(Ordering::SeqCst), 0);
        caller.await.unwrap();
    }
}

#[tokio::test]
async fn shutdown_waits_until_publishers_have_been_notified() {
    struct Slow(Arc<AtomicUsize>);

    impl Publisher for Slow {
        fn result(&mut self, _: &str, _: &Component) {
            std::thread::sleep(20 * MILLISECOND);
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    let notified = Arc::new(AtomicUsize::new(0));
    let health = (0..5)
        .fold(Panopticon::empty(), |builder, position| {
            builder.check(format!("check-{position}"), options(), || async {})
        })
        .publish(Slow(Arc::clone(&notified)))
        .build()
        .unwrap();
    assert!(health.report().await.service_healthy());
    health.shutdown().await;
    assert_eq!(notified.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn shutdown_ends_although_a_publisher_hangs() {
    struct Hangs(std::sync::mpsc::Receiver<()>);

    impl Publisher for Hangs {
        fn result(&mut self, _: &str, _: &Component) {
            let _ = self.0.recv();
        }
    }

    let (_unblocks_when_dropped, receiver) = std::sync::mpsc::channel();
    let health = Panopticon::empty()
        .check("check", options(), || async {})
        .publish(Hangs(receiver))
        .build()
        .unwrap();
    assert!(health.report().await.service_healthy());
    health.shutdown().await;
}

/// A publisher that records that it has been notified.
struct Notified(Arc<AtomicUsize>);

impl Publisher for Notified {
    fn result(&mut self, _: &str, _: &Component) {
        std::thread::sleep(20 * MILLISECOND);
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Asserts that a service with a publisher can be shut down on this runtime.
fn assert_shuts_down(runtime: &tokio::runtime::Runtime) {
    let notified = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        let health = Panopticon::empty()
            .check("check", options(), || async {})
            .publish(Notified(Arc::clone(&notified)))
            .build()
            .unwrap();
        assert!(health.report().await.service_healthy());
        health.shutdown().await;
    });
    assert_eq!(notified.load(Ordering::SeqCst), 1);
}

#[test]
fn shutdown_needs_no_thread_of_the_blocking_pool() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let (unblock, blocks) = std::sync::mpsc::channel::<()>();
    // Only the end of this test unblocks it.
    let _blocked = runtime.spawn_blocking(move || blocks.recv());
    assert_shuts_down(&runtime);
    drop(unblock);
}

#[test]
fn shutdown_works_while_the_operating_system_refuses_threads_to_the_runtime() {
    // No thread can have a stack of this size.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_stack_size(1 << 60)
        .build()
        .unwrap();
    assert_shuts_down(&runtime);
}
