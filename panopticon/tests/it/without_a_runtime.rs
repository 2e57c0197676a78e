//! Reports on other executors, and on runtimes that have no clock or are blocked.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Status};

const SHORT: Duration = Duration::from_millis(100);

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// Runs a future on an executor other than tokio.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
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

fn timer_thread_and_hang() -> Panopticon {
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
fn assert_timer_thread_and_hang(report: &panopticon::Report) {
    assert_eq!(report.component("timer").unwrap().message(), Some("slept"));
    assert_eq!(report.component("thread").unwrap().status(), Status::Degraded);
    assert_eq!(report.component("hangs").unwrap().message(), Some("timed out after 100ms"));
}

#[test]
fn a_blocking_report_needs_no_runtime() {
    let health = timer_thread_and_hang();
    assert_timer_thread_and_hang(&health.report_blocking());
    assert_timer_thread_and_hang(&health.report_blocking());
}

#[test]
fn an_async_report_needs_no_tokio_runtime() {
    let health = timer_thread_and_hang();
    assert_timer_thread_and_hang(&block_on(health.report()));
    let component = block_on(health.check("thread")).unwrap();
    assert_eq!(component.message(), Some("warm"));
}

#[test]
fn a_report_on_a_runtime_without_timers_ends_in_time() {
    let health = Panopticon::empty()
        .timeout(SHORT)
        .check("ready", options(), || async { Health::healthy("ready") })
        .check("hangs", options(), pending::<()>)
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for _ in 0..2 {
        let report = runtime.block_on(health.report());
        assert_eq!(report.component("ready").unwrap().message(), Some("ready"));
        assert_eq!(report.component("hangs").unwrap().message(), Some("timed out after 100ms"));
    }
}

#[test]
fn the_last_handle_can_be_dropped_in_an_async_context() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let health = timer_thread_and_hang();
    assert_timer_thread_and_hang(&health.report_blocking());
    runtime.block_on(async move { drop(health) });
}

/// Blocks its thread, as an async check.
async fn block_forever() {
    loop {
        thread::park();
    }
}

#[test]
fn a_report_ends_although_async_checks_block_every_thread() {
    let health = (0..5)
        .fold(Panopticon::empty(), |builder, number| {
            builder.check(format!("blocks-{number}"), options(), block_forever)
        })
        .timeout(SHORT)
        .build()
        .unwrap();
    for report in [health.report_blocking(), block_on(health.report())] {
        assert_eq!(report.components().len(), 5);
        assert_eq!(report.status(), Status::Unhealthy);
    }
}
