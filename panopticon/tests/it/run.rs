//! One run of a check: at once with the others, within its timeout, its panics contained.

use std::future::{Future, pending, poll_fn};
use std::panic::panic_any;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::task::{Context, Poll};
use std::time::Duration;

use panopticon::{CheckOptions, Health, IntoHealth, Panopticon, Report, Status};
use tokio::time::{Instant, sleep};

const HEALTHY: &str = "answered";

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// Sets its flag when it is dropped.
struct OnDrop(Arc<AtomicBool>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A builder with nine async checks that answer after 200 ms.
fn nine_healthy() -> panopticon::Builder {
    (0..9).fold(Panopticon::empty(), |builder, number| {
        builder.check(format!("healthy-{number}"), options(), || async {
            sleep(Duration::from_millis(200)).await;
            Health::healthy(HEALTHY)
        })
    })
}

#[track_caller]
fn assert_nine_healthy(report: &Report) {
    let healthy = report
        .components()
        .filter(|(_, component)| {
            component.status() == Status::Healthy && component.message() == Some(HEALTHY)
        })
        .count();
    assert_eq!(healthy, 9, "{report:#}");
}

#[track_caller]
fn assert_unhealthy(report: &Report, name: &str, message: &str) {
    let component = report.component(name).expect(name);
    assert_eq!((component.status(), component.message()), (Status::Unhealthy, Some(message)));
    assert!(!report.service_healthy());
}

#[tokio::test(start_paused = true)]
async fn async_checks_run_at_once() {
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
async fn blocking_checks_run_at_once() {
    // None gets past the barrier before all ten stand at it.
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

/// A thousand, of which some answer at once, some after a second, some never, and some after what
/// they depend on, which comes behind them.
#[tokio::test(start_paused = true)]
async fn a_thousand_checks_run_at_once() {
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
async fn the_checks_own_timeout_wins_over_the_builders() {
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
async fn an_async_check_is_dropped_when_its_timeout_ends_and_not_only_with_the_report() {
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
async fn a_timeout_of_one_check_never_hides_the_answers_of_many() {
    // More checks than tokio lets a task wait for before it must yield (128), all of them answered
    // long before the time is up for the first one waited for.
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
            // Until the test is over.
            let _ = released.lock().unwrap().recv();
        })
        .build()
        .unwrap();
    let report = tokio::spawn(async move { health.report().await });
    has_started.recv().await.unwrap();
    // Tokio's paused clock stands still by itself while a blocking task is under way.
    while !report.is_finished() {
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    let report = report.await.unwrap();
    assert_nine_healthy(&report);
    assert_unhealthy(&report, "hangs", "timed out after 2s");
    drop(release);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_async_check_that_blocks_its_thread_does_not_hold_up_the_others() {
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
                    // Not `yield_now`: tokio keeps what has yielded for the thread that it yielded on.
                    sleep(Duration::from_micros(100)).await;
                    sender.send(()).unwrap();
                }
            });
        }
        let report = builder.build().unwrap().report().await;
        assert_eq!(report.status(), Status::Healthy, "{report:#}");
    }
}

/// One thread for all: nobody can give the run up before it ends.
#[tokio::test]
async fn an_answer_that_comes_late_is_none_though_nobody_could_notice_in_time() {
    let blocks = || async {
        std::thread::sleep(Duration::from_millis(50));
        Health::healthy("late")
    };
    let health = Panopticon::empty()
        .check("blocks", options().timeout(Duration::from_millis(5)), blocks)
        .build()
        .unwrap();
    assert_unhealthy(&health.report().await, "blocks", "timed out after 5ms");
}

/// An answer that panics when it is turned into `Health`.
struct PanicsAsAnswer;

impl IntoHealth for PanicsAsAnswer {
    fn into_health(self) -> Health {
        panic!("secret")
    }
}

/// A future that panics when it is dropped, be it finished or not.
struct PanicsWhenDropped {
    is_ready: bool,
}

impl Future for PanicsWhenDropped {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.is_ready { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("secret")
    }
}

/// A panic's payload that panics when it is dropped.
struct PanickingPayload;

impl Drop for PanickingPayload {
    fn drop(&mut self) {
        panic!("secret")
    }
}

fn panic_payload() -> Health {
    panic_any(PanickingPayload)
}

fn panic_now() -> Health {
    panic!("secret")
}

/// A value whose `Serialize` panics.
struct PanicsAsJson;

impl serde::Serialize for PanicsAsJson {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("secret")
    }
}

/// An error that panics when it is displayed.
struct PanicsAsText;

impl std::fmt::Display for PanicsAsText {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("secret")
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_contained_wherever_it_happens() {
    let health = nine_healthy()
        .check("call", options(), || -> std::future::Ready<()> { panic!("secret") })
        .check("poll", options(), || poll_fn(|_| -> Poll<()> { panic!("secret") }))
        .check("later-poll", options(), || async {
            sleep(Duration::from_millis(1)).await;
            panic_now()
        })
        .check("drop", options(), || PanicsWhenDropped { is_ready: true })
        .check("answer", options(), || async { PanicsAsAnswer })
        .check("error", options(), || async { Err::<(), _>(PanicsAsText) })
        .check("detail", options(), || async { Health::healthy("").with("key", PanicsAsJson) })
        .check("payload", options(), || async { panic_payload() })
        .check_blocking("blocking-call", options(), panic_now)
        .check_blocking("blocking-answer", options(), || PanicsAsAnswer)
        .check_blocking("blocking-payload", options(), panic_payload)
        .build()
        .unwrap();
    let report = health.report().await;
    assert_nine_healthy(&report);
    assert_eq!(report.components().len(), 20);
    for (name, _) in report.components().filter(|(name, _)| !name.starts_with("healthy-")) {
        assert_unhealthy(&report, name, "panicked");
    }
    let body = serde_json::to_string(&report).unwrap();
    assert!(!body.contains("secret"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_a_timed_out_check_is_dropped_hurts_nobody() {
    let health = nine_healthy()
        .check("hangs", options(), || PanicsWhenDropped { is_ready: false })
        .build()
        .unwrap();
    for _ in 0..2 {
        let report = health.report().await;
        assert_nine_healthy(&report);
        assert_unhealthy(&report, "hangs", "timed out after 2s");
    }
}

#[tokio::test(start_paused = true)]
async fn the_check_may_set_its_own_response_time() {
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
async fn a_runtime_that_has_ended_is_an_unhealthy_answer() {
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
    for name in ["task", "thread"] {
        assert_unhealthy(
            &report,
            name,
            "not checked: the runtime that health checks run on has shut down",
        );
    }
}

#[tokio::test]
async fn a_check_that_finds_no_thread_is_told_from_one_that_is_slow() {
    tokio::time::pause();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
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
        Panopticon::empty().check_blocking("waits", options(), || {}).build().unwrap()
    };
    let report = health.report().await;
    assert_unhealthy(&report, "waits", "not checked: no thread of the runtime was free for 2s");
    drop(release);
    runtime.shutdown_background();
}
