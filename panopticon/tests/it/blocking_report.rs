//! A report without a tokio runtime, or with one that cannot help.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Status};

const SHORT: Duration = Duration::from_millis(100);

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// Runs a future on no runtime at all.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn three_kinds() -> Panopticon {
    Panopticon::empty()
        .timeout(SHORT)
        .check("timer", options().timeout(Duration::from_secs(60)), || async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Health::healthy("slept")
        })
        .check_blocking("thread", options().timeout(Duration::from_secs(60)), || {
            Health::degraded("warm")
        })
        .check("hangs", options(), pending::<()>)
        .build()
        .unwrap()
}

#[track_caller]
fn assert_three_kinds(report: &panopticon::Report) {
    assert_eq!(report.component("timer").unwrap().message(), Some("slept"));
    assert_eq!(report.component("thread").unwrap().status(), Status::Degraded);
    assert_eq!(report.component("hangs").unwrap().message(), Some("timed out after 100ms"));
}

#[test]
fn without_a_runtime() {
    let health = three_kinds();
    assert_three_kinds(&health.report_blocking());
    assert_three_kinds(&health.report_blocking());
}

#[test]
fn on_another_executor() {
    let health = three_kinds();
    assert_three_kinds(&block_on(health.report()));
    let component = block_on(health.check("thread")).unwrap();
    assert_eq!(component.message(), Some("warm"));
}

#[test]
fn on_a_runtime_without_a_clock() {
    let health = three_kinds();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for _ in 0..2 {
        assert_three_kinds(&runtime.block_on(health.report()));
    }
}

#[test]
fn dropped_in_an_async_context() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let health = three_kinds();
    assert_three_kinds(&health.report_blocking());
    runtime.block_on(async move { drop(health) });
}

/// An async check that never gives its thread back.
async fn blocks_for_ever() {
    loop {
        thread::park();
    }
}

#[test]
fn every_thread_blocked_by_checks_that_must_not() {
    let health = (0..5)
        .fold(Panopticon::empty(), |builder, number| {
            builder.check(format!("blocks-{number}"), options(), blocks_for_ever)
        })
        .timeout(SHORT)
        .build()
        .unwrap();
    for report in [health.report_blocking(), block_on(health.report())] {
        assert_eq!(report.components().len(), 5);
        assert_eq!(report.status(), Status::Unhealthy);
    }
}

#[test]
fn from_outside_of_a_runtime_that_is_stuck() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (stuck, is_stuck) = mpsc::channel();
    let health = {
        let _context = runtime.enter();
        Panopticon::empty().timeout(SHORT).check("task", options(), || async {}).build().unwrap()
    };
    for _ in 0..2 {
        let stuck = stuck.clone();
        runtime.spawn(async move {
            stuck.send(()).unwrap();
            blocks_for_ever().await;
        });
    }
    is_stuck.recv().unwrap();
    is_stuck.recv().unwrap();
    let report = health.report_blocking();
    assert_eq!(
        report.component("task").unwrap().message(),
        Some("not checked: no thread of the runtime was free for 100ms")
    );
    runtime.shutdown_background();
}
