//! Panics of a check, contained wherever they happen.

use std::future::{Future, pending, poll_fn};
use std::panic::panic_any;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use panopticon::{CheckOptions, Health, IntoHealth, Panopticon};
use tokio::time::sleep;

use crate::run::{assert_nine_healthy, assert_unhealthy, nine_healthy};
use crate::without_a_runtime::block_on;

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// A return value that panics when converted into `Health`.
struct PanicsAsHealth;

impl IntoHealth for PanicsAsHealth {
    fn into_health(self) -> Health {
        panic!("secret")
    }
}

/// A future that panics when dropped, finished or not.
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

/// A panic payload that panics when dropped.
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

/// An error that panics when displayed.
#[derive(Debug)]
struct PanicsAsText;

impl std::error::Error for PanicsAsText {}

impl std::fmt::Display for PanicsAsText {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("secret")
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_that_panics_anywhere_is_unhealthy_and_affects_no_other() {
    let health = nine_healthy()
        .check("call", options(), || -> std::future::Ready<()> { panic!("secret") })
        .check("poll", options(), || poll_fn(|_| -> Poll<()> { panic!("secret") }))
        .check("later-poll", options(), || async {
            sleep(Duration::from_millis(1)).await;
            panic_now()
        })
        .check("drop", options(), || PanicsWhenDropped { is_ready: true })
        .check("answer", options(), || async { PanicsAsHealth })
        .check("error", options(), || async { Err::<(), _>(PanicsAsText) })
        .check("detail", options(), || async { Health::healthy("").with("key", PanicsAsJson) })
        .check("payload", options(), || async { panic_payload() })
        .check_blocking("blocking-call", options(), panic_now)
        .check_blocking("blocking-answer", options(), || PanicsAsHealth)
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
async fn a_panic_while_a_timed_out_check_is_dropped_affects_no_other() {
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

#[test]
fn a_waker_that_panics_when_a_timeout_ends_stops_no_other_timeout() {
    struct PanicsElsewhere(ThreadId);
    impl Wake for PanicsElsewhere {
        fn wake(self: Arc<Self>) {
            assert_eq!(thread::current().id(), self.0, "the executor is gone");
        }
    }

    let hangs_for = |timeout| {
        let hangs = options().timeout(Duration::from_millis(timeout));
        Panopticon::empty().check("hangs", hangs, pending::<()>).build().unwrap()
    };
    let shorter = hangs_for(300);
    let mut asked = pin!(shorter.report());
    let waker = Waker::from(Arc::new(PanicsElsewhere(thread::current().id())));
    // Twice, since it yields before it waits.
    for _ in 0..2 {
        assert!(asked.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    // Both timeouts are kept by the same thread.
    let report = block_on(hangs_for(600).report());
    assert_unhealthy(&report, "hangs", "timed out after 600ms");
    let report = block_on(asked);
    assert_unhealthy(&report, "hangs", "timed out after 300ms");
}
