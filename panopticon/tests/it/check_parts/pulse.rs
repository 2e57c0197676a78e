//! Whether a worker beats, in the paused time of a test.

use std::time::Duration;

use panopticon::checks::Pulse;
use panopticon::{CheckOptions, Health, Panopticon, Probe, Status};
use tokio::time::{advance, sleep};

use crate::random::Random;

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

#[track_caller]
fn assert_health(health: &Health, status: Status, message: &str) {
    assert_eq!((health.status(), health.message()), (status, Some(message)));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_stops_beating_is_unhealthy_after_the_limit() {
    let pulse = Pulse::new("30s");
    pulse.beat();
    assert_health(&pulse.health(), Status::Healthy, "beats");
    advance(30 * SECOND).await;
    let health = pulse.health();
    assert_health(&health, Status::Healthy, "beats");
    assert_eq!(health.detail("seconds_since_beat"), Some(&30.0.into()));
    advance(MILLISECOND).await;
    let health = pulse.health();
    assert_health(&health, Status::Unhealthy, "no beat for 30.001s; the limit is 30s");
    assert_eq!(health.detail("seconds_since_beat"), Some(&30.001.into()));
    pulse.beat();
    assert_health(&pulse.health(), Status::Healthy, "beats");
}

/// Whether it is asked often, rarely or only once does not matter.
#[tokio::test(start_paused = true)]
async fn the_status_depends_on_the_last_beat_alone() {
    let mut random = Random::new(17);
    for _ in 0..200 {
        let limit = Duration::from_millis(1_000 + random.below(100_000));
        let pulse = Pulse::within(limit);
        let mut since_beat = None;
        for _ in 0..50 {
            let step = Duration::from_millis(random.below(60_000));
            advance(step).await;
            since_beat = since_beat.map(|since: Duration| since + step);
            match random.below(3) {
                0 => {
                    pulse.beat();
                    since_beat = Some(Duration::ZERO);
                }
                1 => {}
                _ => {
                    assert_eq!(pulse.since_beat(), since_beat);
                    if let Some(since) = since_beat {
                        let is_healthy = pulse.health().status() == Status::Healthy;
                        assert_eq!(is_healthy, since <= limit, "{limit:?}: {since:?}");
                    }
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_has_the_whole_limit_to_begin() {
    let pulse = Pulse::new("30s");
    // Nobody has asked yet.
    advance(60 * SECOND).await;
    let due = "no beat yet; the first is due in 30s";
    assert_health(&pulse.health(), Status::Degraded, due);
    advance(18 * SECOND).await;
    let due = "no beat yet; the first is due in 12s";
    assert_health(&pulse.health(), Status::Degraded, due);
    assert_eq!(pulse.since_beat(), None);
    advance(12 * SECOND).await;
    assert_eq!(pulse.health().status(), Status::Degraded);
    advance(SECOND).await;
    let late = "no beat yet, 31s after the first check; the limit is 30s";
    assert_health(&pulse.health(), Status::Unhealthy, late);
    pulse.beat();
    assert_health(&pulse.health(), Status::Healthy, "beats");
    assert_eq!(pulse.since_beat(), Some(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_has_stopped_as_planned_stays_healthy() {
    let pulse = Pulse::new("1s");
    pulse.beat();
    pulse.stop();
    advance(3_600 * SECOND).await;
    assert_health(&pulse.health(), Status::Healthy, "has stopped as planned");
    assert_eq!(pulse.since_beat(), None);
    pulse.beat();
    advance(2 * SECOND).await;
    assert_eq!(pulse.health().status(), Status::Unhealthy);
}

#[tokio::test(start_paused = true)]
async fn it_answers_liveness_in_async_and_in_blocking_checks() {
    static CONSUMER: Pulse = Pulse::new("30s");

    let options = || CheckOptions::new().probe(Probe::Liveness);
    let health = Panopticon::empty()
        .check("async", options(), || async { CONSUMER.health() })
        .check_blocking("blocking", options(), || CONSUMER.health())
        .build()
        .unwrap();
    let statuses = async || {
        sleep(2 * SECOND).await;
        let report = health.probe(Probe::Liveness).await;
        let statuses: Vec<_> = report.components().map(|(_, it)| it.status()).collect();
        assert_eq!(report.service_healthy(), statuses.iter().all(|status| status.is_healthy()));
        statuses
    };
    assert_eq!(statuses().await, [Status::Degraded; 2]);
    let worker = tokio::spawn(async {
        loop {
            CONSUMER.beat();
            sleep(5 * SECOND).await;
        }
    });
    for _ in 0..100 {
        assert_eq!(statuses().await, [Status::Healthy; 2]);
    }
    worker.abort();
    sleep(20 * SECOND).await;
    assert_eq!(statuses().await, [Status::Healthy; 2]);
    sleep(10 * SECOND).await;
    assert_eq!(statuses().await, [Status::Unhealthy; 2]);
    CONSUMER.beat();
    assert_eq!(statuses().await, [Status::Healthy; 2]);
}

#[test]
fn an_invalid_limit_is_unhealthy_and_says_why() {
    for (limit, shown) in [
        (Duration::ZERO, "0ns"),
        (999 * MILLISECOND, "999ms"),
        (721 * 3_600 * SECOND, "2595600s"),
        (Duration::MAX, "18446744073709551615.999999999s"),
    ] {
        let pulse = Pulse::within(limit);
        pulse.beat();
        let message =
            format!("pulse not judged: its time limit must be from 1s to 720h, not {shown}");
        assert_health(&pulse.health(), Status::Unhealthy, &message);
    }
}

#[test]
fn every_valid_limit_is_accepted_and_every_other_one_refused() {
    for text in ["1s", "1000ms", "30s", "1m", "720h", "2592000000ms", "0001s"] {
        let _ = Pulse::new(text);
    }
    for text in [
        "",
        "30",
        "999ms",
        "0s",
        "721h",
        "1.5s",
        "2d",
        "-1s",
        " 1s",
        "1s ",
        "٣s",
        "99999999999999999999s",
    ] {
        let panic = std::panic::catch_unwind(|| Pulse::new(text)).unwrap_err();
        let message = panic.downcast_ref::<&str>().unwrap();
        assert!(message.contains("such as \"30s\""), "{message}");
    }
}
