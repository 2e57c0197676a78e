//! Checks with an interval, which run in the background while callers read the last result.

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Status};
use tokio::runtime::Runtime;
use tokio::time::{Instant, advance, sleep};

use crate::scripted::{OnDrop, Scripted};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// The instants of a check's runs.
type Runs = Arc<Mutex<Vec<Instant>>>;

fn with_runs(count: usize, options: &CheckOptions) -> (Panopticon, Vec<Runs>) {
    let runs: Vec<Runs> = (0..count).map(|_| Runs::default()).collect();
    let builder = runs.iter().enumerate().fold(Panopticon::empty(), |builder, (number, runs)| {
        let runs = Arc::clone(runs);
        builder.check(format!("check-{number}"), options.clone(), move || {
            runs.lock().unwrap().push(Instant::now());
            std::future::ready(())
        })
    });
    (builder.build().unwrap(), runs)
}

#[tokio::test(start_paused = true)]
async fn a_component_is_unknown_before_its_first_result() {
    let health = Panopticon::empty()
        .check("scheduled", options().interval(10 * SECOND), || async {})
        .build()
        .unwrap();
    let component = health.check("scheduled").await.unwrap();
    assert_eq!(
        (component.status(), component.message(), component.checked_at()),
        (Status::Unknown, Some("not checked yet"), None)
    );
    assert!(!component.healthy());
    sleep(SECOND).await;
    assert!(health.check("scheduled").await.unwrap().healthy());
}

#[tokio::test(start_paused = true)]
async fn first_runs_are_spread_and_later_ones_drift_apart() {
    let start = Instant::now();
    let (_health, runs) = with_runs(100, &options().interval(60 * SECOND));
    sleep(600 * SECOND).await;
    let mut first_runs = BTreeSet::new();
    let mut gaps = BTreeSet::new();
    for runs in &runs {
        let runs = runs.lock().unwrap();
        assert!(runs.len() >= 9, "{}", runs.len());
        let first = runs[0] - start;
        // Tokio's timers are exact to the millisecond.
        assert!(first <= SECOND + MILLISECOND, "{first:?}");
        first_runs.insert(first);
        for pair in runs.windows(2) {
            let gap = pair[1] - pair[0];
            assert!(gap >= 54 * SECOND && gap <= 66 * SECOND + 2 * MILLISECOND, "{gap:?}");
            gaps.insert(gap);
        }
    }
    // A hundred checks draw from a thousand milliseconds, so few draw the same one.
    assert!(first_runs.len() > 50, "{first_runs:?}");
    assert!(gaps.len() > 500, "{}", gaps.len());
    assert!(gaps.first().unwrap() < &(56 * SECOND) && gaps.last().unwrap() > &(64 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn first_runs_are_spread_over_at_most_one_interval() {
    let start = Instant::now();
    let (_health, runs) = with_runs(20, &options().interval(100 * MILLISECOND));
    sleep(SECOND).await;
    for runs in runs {
        let runs = runs.lock().unwrap();
        assert!(runs[0] - start <= 101 * MILLISECOND);
        assert!((9..=12).contains(&runs.len()), "{}", runs.len());
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_run_waits_for_the_initial_delay() {
    let start = Instant::now();
    let (health, runs) = with_runs(10, &options().interval(10 * SECOND).initial_delay(30 * SECOND));
    sleep(30 * SECOND).await;
    assert_eq!(health.check("check-0").await.unwrap().message(), Some("not checked yet"));
    sleep(2 * SECOND).await;
    for runs in runs {
        let first = runs.lock().unwrap()[0] - start;
        assert!(first >= 30 * SECOND && first <= 31 * SECOND + MILLISECOND, "{first:?}");
    }
    assert!(health.report().await.service_healthy());
}

#[tokio::test(start_paused = true)]
async fn reports_never_run_a_scheduled_check() {
    let check = Scripted::healthy();
    let health = Panopticon::empty()
        .check("scheduled", options().interval(10 * SECOND), check.check())
        .build()
        .unwrap();
    sleep(SECOND).await;
    assert_eq!(check.runs(), 1);
    for _ in 0..1000 {
        assert!(health.report().await.service_healthy());
        advance(5 * MILLISECOND).await;
    }
    assert_eq!(check.runs(), 1);
    check.say(Health::unhealthy("gone"));
    sleep(10 * SECOND).await;
    assert_eq!(health.check("scheduled").await.unwrap().message(), Some("gone"));
}

#[tokio::test(start_paused = true)]
async fn a_check_that_hangs_runs_again_and_its_result_never_expires() {
    let health = Panopticon::empty()
        .check("hangs", options().interval(10 * SECOND), pending::<()>)
        .build()
        .unwrap();
    sleep(4 * SECOND).await;
    for _ in 0..100 {
        let component = health.check("hangs").await.unwrap();
        assert_eq!(component.message(), Some("timed out after 2s"));
        sleep(SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_check_that_panics_runs_again() {
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

fn paused_runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

#[test]
fn an_expired_result_is_unknown_and_never_healthy() {
    let (service, caller) = (paused_runtime(), paused_runtime());
    let check = Scripted::healthy();
    let health = service.block_on(async {
        let health = Panopticon::empty()
            .check("scheduled", options().interval(10 * SECOND), check.check())
            .build()
            .unwrap();
        sleep(SECOND).await;
        health
    });
    assert_eq!(check.runs(), 1);
    // From here on, the service's runtime is not driven. A new result is due after the interval, a
    // tenth of it, the timeout of 2 s and one second.
    let mut transitions = health.subscribe();
    caller.block_on(async {
        advance(SECOND).await;
        assert!(health.report().await.service_healthy());
        advance(12 * SECOND).await;
        assert!(health.report().await.service_healthy());
        advance(2 * SECOND).await;
        let start = Instant::now();
        let report = health.report().await;
        assert_eq!(start.elapsed(), 2 * SECOND, "it waits for a run");
        let component = report.component("scheduled").unwrap();
        assert_eq!(component.status(), Status::Unhealthy);
        let message = component.message().unwrap();
        let expected = "not checked: no thread of the runtime was free for 2s; its last result, ";
        assert!(message.starts_with(expected), "{message}");
        assert!(message.ends_with(" s ago, was healthy"), "{message}");
        let failed = transitions.next().await.unwrap().unwrap();
        assert_eq!((failed.from(), failed.to()), (Status::Healthy, Status::Unhealthy));
    });
    service.block_on(async {
        sleep(12 * SECOND).await;
        assert!(health.report().await.service_healthy());
        let renewed = transitions.next().await.unwrap().unwrap();
        assert_eq!((renewed.from(), renewed.to()), (Status::Unhealthy, Status::Healthy));
    });
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_handle_stops_runs_and_drops_checks_and_resources() {
    struct Pool {
        _on_drop: OnDrop,
    }

    let dropped = Arc::new(AtomicBool::new(false));
    let check = Scripted::healthy();
    let captured = OnDrop(Arc::clone(&dropped));
    let run = check.check();
    let pool_dropped = Arc::new(AtomicBool::new(false));
    let health = Panopticon::empty()
        .provide(Pool { _on_drop: OnDrop(Arc::clone(&pool_dropped)) })
        .check("scheduled", options().interval(SECOND), move || {
            let _captured = &captured;
            run()
        })
        .build()
        .unwrap();
    let clone = health.clone();
    sleep(10 * SECOND).await;
    drop(health);
    let runs = check.runs();
    sleep(10 * SECOND).await;
    assert!(check.runs() > runs, "a clone keeps the schedule running");
    drop(clone);
    let runs = check.runs();
    sleep(100 * SECOND).await;
    assert_eq!(check.runs(), runs);
    assert!(dropped.load(Ordering::SeqCst) && pool_dropped.load(Ordering::SeqCst));
}

#[test]
fn a_schedule_runs_without_a_runtime() {
    struct SendOnDrop(mpsc::Sender<&'static str>);

    impl Drop for SendOnDrop {
        fn drop(&mut self) {
            let _ = self.0.send("dropped");
        }
    }

    let (sender, receiver) = mpsc::channel();
    let resource = SendOnDrop(sender.clone());
    let health = Panopticon::empty()
        .provide(resource)
        .check("scheduled", options().interval(MILLISECOND), move || {
            let _ = sender.send("run");
            std::future::ready(())
        })
        .build()
        .unwrap();
    for _ in 0..3 {
        assert_eq!(receiver.recv().unwrap(), "run");
    }
    // The third run has begun, so the second has ended.
    assert!(health.report_blocking().service_healthy());
    drop(health);
    // The channel closes once both the check and the resource have been dropped.
    let drops = receiver.iter().filter(|&message| message == "dropped").count();
    assert_eq!(drops, 1);
}

#[test]
fn a_schedule_runs_on_a_runtime_without_a_clock() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let (sender, receiver) = mpsc::channel();
    let health = {
        let _context = runtime.enter();
        Panopticon::empty()
            .check("scheduled", options().interval(MILLISECOND), move || {
                let _ = sender.send(());
                std::future::ready(())
            })
            .build()
            .unwrap()
    };
    for _ in 0..3 {
        receiver.recv().unwrap();
    }
    assert!(health.report_blocking().service_healthy());
    drop(health);
    // Ends once the check has been dropped.
    receiver.iter().for_each(drop);
}
