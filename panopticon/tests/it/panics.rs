//! Panics of a check, contained wherever they happen.

use std::future::{Future, poll_fn};
use std::panic::panic_any;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use panopticon::{CheckOptions, Health, IntoHealth};
use tokio::time::sleep;

use crate::run::{assert_nine_healthy, assert_unhealthy, nine_healthy};

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
struct PanicsAsText;

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
