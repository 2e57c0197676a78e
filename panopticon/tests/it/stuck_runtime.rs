//! The service's own runtime is stuck: every thread of it sleeps.

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

/// The service's runtime, with every worker blocked until it is dropped.
struct Stuck {
    runtime: Option<Runtime>,
    _release: mpsc::Sender<()>,
}

impl Stuck {
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
                // The first one in holds the lock that the other one waits for: both block.
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

impl Drop for Stuck {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

fn three_kinds() -> Builder {
    Panopticon::empty()
        .check("task", options(), || async {})
        .check("dependent", options().depends_on("task"), || async {})
        .check("scheduled", options().interval(Duration::from_secs(1)), || async {})
}

#[track_caller]
fn assert_says_what_is_wrong(report: &Report, timeout: &str) {
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
async fn asked_from_another_runtime() {
    let stuck = Stuck::new();
    let health = stuck.build(three_kinds());
    let start = Instant::now();
    assert_says_what_is_wrong(&health.report().await, "2s");
    assert_eq!(start.elapsed().as_secs(), 2);
    // It is not asked again while it waits for a thread.
    sleep(Duration::from_secs(10)).await;
    let start = Instant::now();
    assert_says_what_is_wrong(&health.report().await, "12 s");
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[test]
fn asked_from_another_thread() {
    let stuck = Stuck::new();
    let health = stuck.build(three_kinds().timeout(Duration::from_millis(50)));
    let report = thread::spawn(move || health.report_blocking()).join().unwrap();
    assert_says_what_is_wrong(&report, "50ms");
}

#[test]
fn asked_from_a_runtime_whose_other_threads_are_stuck() {
    // Its timers are on, and kept by nobody: what answers from memory must answer all the same.
    let stuck = Stuck::new();
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
async fn blocking_checks_go_on() {
    let stuck = Stuck::new();
    let health = stuck.build(Panopticon::empty().check_blocking("thread", options(), || {}));
    let _clock = HeldClock::new();
    assert_eq!(health.report().await.status(), Status::Healthy);
}

#[tokio::test(start_paused = true)]
async fn the_reports_own_timeout_is_kept_before_that_of_its_checks() {
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
    assert!(!report.service_healthy(), "what has not answered is not known to be healthy");

    // The run has gone on.
    sleep(Duration::from_millis(600)).await;
    assert!(health.check("slow").await.unwrap().healthy());
}
