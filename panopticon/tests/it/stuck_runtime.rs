//! Reports while every thread of the service's runtime is blocked.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use panopticon::{Builder, CheckOptions, Panopticon, Report, Status};
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

use crate::scripted::HeldClock;

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// A runtime whose workers are all blocked until it is dropped.
struct StuckRuntime {
    runtime: Option<Runtime>,
    _release: mpsc::Sender<()>,
}

impl StuckRuntime {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (stuck, is_stuck) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = std::sync::Arc::new(std::sync::Mutex::new(released));
        for _ in 0..2 {
            let (stuck, released) = (stuck.clone(), released.clone());
            runtime.spawn(async move {
                stuck.send(()).unwrap();
                // One task holds the lock and the other waits for it, so both block.
                let _ = released.lock().unwrap().recv();
            });
        }
        is_stuck.recv().unwrap();
        is_stuck.recv().unwrap();
        Self { runtime: Some(runtime), _release: release }
    }

    fn build(&self, builder: Builder) -> Panopticon {
        let _context = self.runtime.as_ref().unwrap().enter();
        builder.build().unwrap()
    }
}

impl Drop for StuckRuntime {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

fn three_checks() -> Builder {
    Panopticon::empty()
        .check("task", options(), || async {})
        .check("dependent", options().depends_on("task"), || async {})
        .check("scheduled", options().interval(Duration::from_secs(1)), || async {})
}

#[track_caller]
fn assert_reports_the_stuck_runtime(report: &Report, timeout: &str) {
    assert_eq!(report.status(), Status::Unhealthy);
    let message = |name| report.component(name).unwrap().message().unwrap();
    assert_eq!(
        message("task"),
        format!("not checked: no thread of the runtime was free for {timeout}")
    );
    assert_eq!(message("dependent"), "not checked: `task` is unhealthy");
    assert_eq!(message("scheduled"), "not checked yet");
}

#[tokio::test(start_paused = true)]
async fn a_report_on_another_runtime_ends_in_time() {
    let stuck = StuckRuntime::new();
    let health = stuck.build(three_checks());
    let start = Instant::now();
    assert_reports_the_stuck_runtime(&health.report().await, "2s");
    assert_eq!(start.elapsed().as_secs(), 2);
    // No second run begins while the first waits for a thread.
    sleep(Duration::from_secs(10)).await;
    let start = Instant::now();
    assert_reports_the_stuck_runtime(&health.report().await, "12 s");
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[test]
fn a_blocking_report_on_another_thread_ends_in_time() {
    let stuck = StuckRuntime::new();
    let health = stuck.build(three_checks().timeout(Duration::from_millis(50)));
    let report = thread::spawn(move || health.report_blocking()).join().unwrap();
    assert_reports_the_stuck_runtime(&report, "50ms");
}

#[test]
fn a_report_that_needs_no_run_ends_on_the_stuck_runtime_itself() {
    // No worker drives the runtime's timers, so the report must not need one.
    let stuck = StuckRuntime::new();
    let builder = Panopticon::empty()
        .check("scheduled", options().interval(Duration::from_secs(1)), || async {})
        .check(
            "dependent",
            options().interval(Duration::from_secs(1)).depends_on("scheduled"),
            || async {},
        );
    let health = stuck.build(builder);
    let report = stuck.runtime.as_ref().unwrap().block_on(health.report());
    assert_eq!(report.component("dependent").unwrap().message(), Some("not checked yet"));
}

#[tokio::test(start_paused = true)]
async fn blocking_checks_still_run() {
    let stuck = StuckRuntime::new();
    let health = stuck.build(Panopticon::empty().check_blocking("thread", options(), || {}));
    let _clock = HeldClock::new();
    assert_eq!(health.report().await.status(), Status::Healthy);
}

#[test]
fn a_blocking_report_in_async_code_says_so() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let timeout = Duration::from_millis(50);
    let builder = || Panopticon::empty().timeout(timeout).check("task", options(), || async {});
    let message = |report: Report| report.component("task").unwrap().message().map(str::to_owned);
    runtime.block_on(async {
        let health = builder().build().unwrap();
        let expected = "not checked: no thread of the runtime was free for 50ms; was \
                        `report_blocking` called from async code? there, use `report().await`";
        assert_eq!(message(health.report_blocking()).as_deref(), Some(expected));

        // From a thread that may be blocked, it is no mistake, and the runtime has a thread to spare.
        let health = builder().build().unwrap();
        let report = tokio::task::spawn_blocking(move || health.report_blocking()).await.unwrap();
        assert_eq!(message(report), None);
    });
}
