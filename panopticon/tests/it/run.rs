//! Runs of checks: concurrent, and limited by timeouts.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::task::Poll;
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Report, Status};
use tokio::runtime::Handle;
use tokio::time::{Instant, advance, sleep};

use crate::scripted::OnDrop;

const HEALTHY: &str = "answered";

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// Returns a builder with nine async checks that take 200 ms.
pub(crate) fn nine_healthy() -> panopticon::Builder {
    (0..9).fold(Panopticon::empty(), |builder, number| {
        builder.check(format!("healthy-{number}"), options(), || async {
            sleep(Duration::from_millis(200)).await;
            Health::healthy(HEALTHY)
        })
    })
}

#[track_caller]
pub(crate) fn assert_nine_healthy(report: &Report) {
    let healthy = report
        .components()
        .filter(|(_, component)| {
            component.status() == Status::Healthy && component.message() == Some(HEALTHY)
        })
        .count();
    assert_eq!(healthy, 9, "{report:#}");
}

#[track_caller]
pub(crate) fn assert_unhealthy(report: &Report, name: &str, message: &str) {
    let component = report.component(name).expect(name);
    assert_eq!((component.status(), component.message()), (Status::Unhealthy, Some(message)));
    assert!(!report.service_healthy());
}

#[tokio::test(start_paused = true)]
async fn async_checks_run_concurrently() {
    let health = nine_healthy()
        .check("tenth", options(), || sleep(Duration::from_millis(200)))
        .build()
        .unwrap();
    let start = Instant::now();
    let report = health.report().await;
    assert_eq!(start.elapsed().as_millis(), 200);
    assert_eq!(report.components().len(), 10);
    assert_eq!(report.status(), Status::Healthy);
    assert_eq!(report.component("tenth").unwrap().response_time().as_millis(), 200);
}

#[tokio::test]
async fn blocking_checks_run_concurrently() {
    // No check passes the barrier before all ten have reached it.
    let barrier = Arc::new(Barrier::new(10));
    let builder = (0..10).fold(Panopticon::empty(), |builder, number| {
        let barrier = Arc::clone(&barrier);
        builder.check_blocking(format!("check-{number}"), options(), move || {
            barrier.wait();
        })
    });
    let report = builder.timeout(Duration::from_secs(60)).build().unwrap().report().await;
    assert_eq!(report.status(), Status::Healthy, "{report:#}");
}

/// Some checks end at once, some after a second, some never, and some depend on one that is added
/// later.
#[tokio::test(start_paused = true)]
async fn a_thousand_checks_run_concurrently() {
    let name = |number: usize| format!("check_{number:04}");
    let builder = (0..1_000).fold(Panopticon::empty(), |builder, number| {
        let options = match number % 4 {
            3 => options().depends_on(name(1_000 - number)),
            _ => options(),
        };
        builder.check(name(number), options, move || async move {
            match number % 4 {
                1 => sleep(Duration::from_secs(1)).await,
                2 => pending().await,
                _ => {}
            }
        })
    });
    let health = builder.build().unwrap();
    let start = Instant::now();
    let report = health.report().await;
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    assert_eq!(report.components().len(), 1_000);
    for (number, (_, component)) in report.components().enumerate() {
        assert_eq!(component.healthy(), number % 4 != 2, "{number}: {component}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_that_hangs_is_reported_when_its_timeout_ends() {
    let health = nine_healthy().check("hangs", options(), pending::<()>).build().unwrap();
    let start = Instant::now();
    let report = health.report().await;
    assert_eq!(start.elapsed().as_secs(), 2);
    assert_nine_healthy(&report);
    assert_unhealthy(&report, "hangs", "timed out after 2s");
    assert_eq!(report.component("hangs").unwrap().response_time().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_checks_own_timeout_takes_precedence_over_the_builders() {
    let health = Panopticon::empty()
        .timeout(Duration::from_secs(1))
        .check("own", options().timeout(Duration::from_millis(50)), pending::<()>)
        .check("builders", options(), pending::<()>)
        .build()
        .unwrap();
    let report = health.report().await;
    assert_unhealthy(&report, "own", "timed out after 50ms");
    assert_unhealthy(&report, "builders", "timed out after 1s");
}

#[tokio::test(start_paused = true)]
async fn the_reports_own_timeout_applies_before_those_of_its_checks() {
    let health = Panopticon::empty()
        .report_timeout(Duration::from_millis(500))
        .check("fast", options(), || async {})
        .check("slow", options(), || sleep(Duration::from_secs(1)))
        .check("dependent", options().depends_on("slow"), || async {})
        .build()
        .unwrap();
    let start = Instant::now();
    let report = health.report().await;
    assert_eq!(start.elapsed().as_millis(), 500);
    let slow = report.component("slow").unwrap();
    assert_eq!(
        (slow.status(), slow.message(), slow.checked_at()),
        (Status::Unknown, Some("no answer before the report's own timeout"), None)
    );
    assert!(report.component("fast").unwrap().healthy());
    assert!(!report.service_healthy(), "a check without a result is not known to be healthy");

    // The run has continued.
    sleep(Duration::from_millis(600)).await;
    assert!(health.check("slow").await.unwrap().healthy());
}

#[tokio::test(start_paused = true)]
async fn an_async_check_is_dropped_at_its_timeout_before_the_report_ends() {
    let dropped = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&dropped);
    let seen = Arc::clone(&dropped);
    let health = Panopticon::empty()
        .check("hangs", options().timeout(Duration::from_secs(1)), move || {
            let guard = OnDrop(Arc::clone(&flag));
            async move {
                let _guard = guard;
                pending::<()>().await;
            }
        })
        .check("looks", options().timeout(Duration::from_secs(3)), move || {
            let seen = Arc::clone(&seen);
            async move {
                sleep(Duration::from_secs(2)).await;
                if seen.load(Ordering::SeqCst) {
                    Health::healthy("dropped")
                } else {
                    Health::unhealthy("still there")
                }
            }
        })
        .build()
        .unwrap();
    let report = health.report().await;
    assert_eq!(report.component("looks").unwrap().message(), Some("dropped"));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_one_check_never_hides_the_results_of_many_others() {
    // More checks than a task can poll before tokio makes it yield (128), all of which end long
    // before the first one, which times out.
    let builder = (0..500).fold(Panopticon::empty(), |builder, number| {
        builder.check(format!("healthy-{number}"), options(), || async {})
    });
    let report = builder.check("a-hangs", options(), pending::<()>).build().unwrap().report().await;
    let unhealthy: Vec<_> =
        report.components().filter(|(_, component)| !component.healthy()).collect();
    assert_eq!(unhealthy.len(), 1, "{unhealthy:?}");
}

#[tokio::test]
async fn a_blocking_check_that_hangs_is_reported_when_its_timeout_ends() {
    tokio::time::pause();
    let (started, mut has_started) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let health = nine_healthy()
        .check_blocking("hangs", options(), move || {
            started.send(()).unwrap();
            // Blocks until the test ends.
            let _ = released.lock().unwrap().recv();
        })
        .build()
        .unwrap();
    let report = tokio::spawn(async move { health.report().await });
    has_started.recv().await.unwrap();
    // Tokio's paused clock does not advance by itself while a blocking task runs.
    while !report.is_finished() {
        advance(Duration::from_millis(100)).await;
    }
    let report = report.await.unwrap();
    assert_nine_healthy(&report);
    assert_unhealthy(&report, "hangs", "timed out after 2s");
    drop(release);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_async_check_that_blocks_its_thread_does_not_delay_the_others() {
    for _ in 0..200 {
        let (sender, receiver) = mpsc::channel();
        let receiver = Arc::new(Mutex::new(receiver));
        let mut builder =
            Panopticon::empty().timeout(Duration::from_secs(60)).check("blocks", options(), {
                // Blocks until every other check has run.
                move || {
                    let receiver = Arc::clone(&receiver);
                    async move {
                        let receiver = receiver.lock().unwrap();
                        for _ in 0..9 {
                            receiver.recv().unwrap();
                        }
                    }
                }
            });
        for number in 0..9 {
            let sender = sender.clone();
            builder = builder.check(format!("other-{number}"), options(), move || {
                let sender = sender.clone();
                async move {
                    // Not `yield_now`, since tokio resumes a task on the thread that it yielded on.
                    sleep(Duration::from_micros(100)).await;
                    sender.send(()).unwrap();
                }
            });
        }
        let report = builder.build().unwrap().report().await;
        assert_eq!(report.status(), Status::Healthy, "{report:#}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_result_is_a_timeout_even_if_the_check_blocks_the_callers_thread() {
    // Advances the clock within one poll, so that no caller can give the run up.
    let blocks = || {
        poll_fn(|context| {
            let _ = pin!(advance(Duration::from_millis(50))).poll(context);
            Poll::Ready(Health::healthy("late"))
        })
    };
    let health = Panopticon::empty()
        .check("blocks", options().timeout(Duration::from_millis(5)), blocks)
        .build()
        .unwrap();
    assert_unhealthy(&health.report().await, "blocks", "timed out after 5ms");
}

#[tokio::test(start_paused = true)]
async fn a_check_can_set_its_own_response_time() {
    let health = Panopticon::empty()
        .check("own", options(), || async {
            sleep(Duration::from_millis(300)).await;
            Health::healthy("").response_time(Duration::from_micros(1230))
        })
        .check("measured", options(), || sleep(Duration::from_millis(300)))
        .build()
        .unwrap();
    let report = health.report().await;
    assert_eq!(report.component("own").unwrap().response_time(), Duration::from_micros(1230));
    assert_eq!(report.component("measured").unwrap().response_time().as_millis(), 300);
}

#[tokio::test]
async fn async_checks_on_a_runtime_that_has_shut_down_are_unhealthy() {
    let health = std::thread::spawn(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _context = runtime.enter();
        Panopticon::empty()
            .check("task", options(), || async {})
            .check_blocking("thread", options(), || {})
            .build()
            .unwrap()
    })
    .join()
    .unwrap();
    let report = health.report().await;
    let shut_down = "not checked: the runtime that health checks run on has shut down";
    assert_unhealthy(&report, "task", shut_down);
    // It has a thread that is not the runtime's.
    assert_eq!(report.component("thread").unwrap().status(), Status::Healthy);
}

#[tokio::test]
async fn a_blocking_check_runs_although_the_service_keeps_every_blocking_thread_busy() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(3)
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let (release, released) = mpsc::channel::<()>();
    let (started, mut has_started) = tokio::sync::mpsc::unbounded_channel();
    runtime.spawn_blocking(move || {
        started.send(()).unwrap();
        let _ = released.recv();
    });
    has_started.recv().await.unwrap();
    let health = {
        let _context = runtime.enter();
        let workers = || Health::healthy(Handle::current().metrics().num_workers().to_string());
        Panopticon::empty().check_blocking("disk", options(), workers).build().unwrap()
    };
    let report = health.report().await;
    // The check runs on the service's runtime, too; the test's has one worker.
    assert_eq!(report.component("disk").unwrap().message(), Some("3"));
    drop(release);
    runtime.shutdown_background();
}
