//! The last results are read without running checks, also by what must not keep a service alive.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use panopticon::{
    CheckOptions, Component, Health, Panopticon, ProblemKind, Publisher, Status, WeakPanopticon,
};
use tokio::time::advance;

use crate::scripted::Scripted;

const SECOND: Duration = Duration::from_secs(1);

fn options() -> CheckOptions {
    CheckOptions::new().cache(Duration::ZERO)
}

#[tokio::test(start_paused = true)]
async fn the_latest_report_runs_nothing_and_shows_nothing_that_is_too_old() {
    let check = Scripted::healthy();
    let health = Panopticon::empty().check("database", options(), check.check()).build().unwrap();
    assert_eq!(health.latest_report().status(), Status::Unknown);
    assert_eq!(check.runs(), 0);

    health.report().await;
    assert_eq!(health.latest_report().status(), Status::Healthy);
    health.drain();
    assert!(health.latest_report().is_draining());
    health.undrain();
    check.say(Health::unhealthy("no answer"));
    advance(59 * SECOND).await;
    assert_eq!(health.latest_report().status(), Status::Healthy);
    advance(SECOND).await;
    assert_eq!(health.latest_report().status(), Status::Unknown);
    assert_eq!(check.runs(), 1);
}

/// A publisher that reads the latest report at each result.
struct Reads {
    health: WeakPanopticon,
    reports: Sender<Option<String>>,
}

impl Publisher for Reads {
    fn result(&mut self, _: &str, _: &Component) {
        let report = self.health.latest_report();
        self.reports.send(report.map(|report| report.to_string())).unwrap();
    }
}

impl Drop for Reads {
    fn drop(&mut self) {
        let report = self.health.latest_report();
        self.reports.send(report.map(|report| report.to_string())).unwrap();
    }
}

#[tokio::test]
async fn a_publisher_reads_the_last_results_of_all_and_does_not_keep_the_service_alive() {
    let (reports, read) = channel();
    let health = Panopticon::empty()
        .check("database", options(), || async { Health::degraded("slow") })
        .check("queue", options(), || async {})
        .publish_with(|health| Reads { health, reports })
        .build()
        .unwrap();
    health.check("database").await.unwrap();
    let expected = "service unknown: database degraded (slow), queue unknown (not checked yet)";
    assert_eq!(read.recv().unwrap().as_deref(), Some(expected));
    drop(health);
    assert_eq!(read.recv().unwrap(), None, "the service was dropped before its publisher");
}

#[test]
fn a_publisher_is_not_created_if_build_fails() {
    struct Huge;

    impl Publisher for Huge {
        const CAPACITY: usize = 0;
    }

    let error = Panopticon::empty()
        .check("database", options(), || async {})
        .publish_with(|_| -> Huge { panic!("it must not be created") })
        .build()
        .unwrap_err();
    assert_eq!(error.problems()[0].kind(), ProblemKind::InvalidPublisher);
}
