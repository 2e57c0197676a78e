//! How much of a service's traffic fails, in the paused time of a test.

use std::time::Duration;

use panopticon::checks::ErrorRate;
use panopticon::{Health, Status};
use tokio::time::{Instant, advance};

use crate::random::Random;

const SECOND: Duration = Duration::from_secs(1);

#[track_caller]
fn assert_health(health: &Health, status: Status, message: &str) {
    assert_eq!((health.status(), health.message()), (status, Some(message)));
}

fn count(rate: &ErrorRate, ok: u32, failed: u32) {
    (0..ok).for_each(|_| rate.ok());
    (0..failed).for_each(|_| rate.failed());
}

#[tokio::test(start_paused = true)]
async fn a_large_share_of_failures_is_unhealthy() {
    let rate = ErrorRate::new("1m").degraded_above(0.1).at_least(10);
    let health = rate.health();
    assert_health(&health, Status::Healthy, "0 outcomes within 60s, too few to judge");
    assert_eq!(health.detail("error_rate"), None);
    count(&rate, 0, 9);
    let health = rate.health();
    assert_health(&health, Status::Healthy, "9 outcomes within 60s, too few to judge");
    assert_eq!(health.detail("error_rate"), Some(&1.0.into()));
    count(&rate, 0, 1);
    let health = rate.health();
    assert_health(&health, Status::Unhealthy, "100 % of 10 failed within 60s, above 50 %");
    assert_eq!(health.detail("outcomes"), Some(&10.into()));
    assert_eq!(health.detail("failed"), Some(&10.into()));
    // Not yet below 47.5 %.
    count(&rate, 10, 0);
    let still = "50 % of 20 failed within 60s, still above 47.5 %";
    assert_health(&rate.health(), Status::Unhealthy, still);
    count(&rate, 20, 0);
    let health = rate.health();
    assert_health(&health, Status::Degraded, "25 % of 40 failed within 60s, above 10 %");
    assert_eq!(health.detail("error_rate"), Some(&0.25.into()));
    count(&rate, 60, 0);
    let still = "10 % of 100 failed within 60s, still above 9.5 %";
    assert_health(&rate.health(), Status::Degraded, still);
    count(&rate, 100, 0);
    assert_health(&rate.health(), Status::Healthy, "5 % of 200 failed within 60s");
}

#[tokio::test(start_paused = true)]
async fn the_defaults_are_half_of_at_least_20() {
    let rate = ErrorRate::new("10s");
    count(&rate, 0, 19);
    assert_eq!(rate.health().status(), Status::Healthy);
    let rate = ErrorRate::new("10s");
    count(&rate, 10, 10);
    assert_health(&rate.health(), Status::Healthy, "50 % of 20 failed within 10s");
    rate.failed();
    assert_eq!(rate.health().status(), Status::Unhealthy);
}

#[tokio::test(start_paused = true)]
async fn what_is_older_than_the_window_does_not_count() {
    let rate = ErrorRate::new("1m");
    count(&rate, 0, 20);
    advance(54 * SECOND).await;
    assert_eq!(rate.health().status(), Status::Unhealthy);
    advance(6 * SECOND).await;
    assert_health(&rate.health(), Status::Healthy, "0 outcomes within 60s, too few to judge");

    // Nobody asks, and nothing happens for a day. Then the last failures before it are not the
    // newest part of the window.
    count(&rate, 0, 20);
    advance(24 * 3_600 * SECOND).await;
    count(&rate, 20, 0);
    assert_health(&rate.health(), Status::Healthy, "0 % of 20 failed within 60s");

    // It has forgotten that it was unhealthy, too.
    let rate = ErrorRate::new("1m");
    count(&rate, 0, 20);
    assert_eq!(rate.health().status(), Status::Unhealthy);
    advance(60 * SECOND).await;
    assert_eq!(rate.health().status(), Status::Healthy);
    count(&rate, 51, 49);
    assert_eq!(rate.health().status(), Status::Healthy);
}

#[tokio::test(start_paused = true)]
async fn every_outcome_counts_for_nine_to_ten_tenths_of_the_window() {
    let mut random = Random::new(17);
    for _ in 0..50 {
        let milliseconds = 5_000 + random.below(100_000);
        let window = Duration::from_millis(milliseconds);
        let rate = ErrorRate::within(window).at_least(1);
        let mut outcomes: Vec<(Instant, bool)> = Vec::new();
        for _ in 0..200 {
            let step = match random.below(10) {
                0 => 2 * milliseconds,
                1..4 => 0,
                _ => milliseconds / 20,
            };
            advance(Duration::from_millis(random.below(step + 1))).await;
            for _ in 0..random.below(3) {
                let has_failed = random.below(2) == 0;
                outcomes.push((Instant::now(), has_failed));
                if has_failed { rate.failed() } else { rate.ok() }
            }
            // A question must not change what counts.
            if random.below(3) != 0 {
                continue;
            }
            let health = rate.health();
            let now = Instant::now();
            let within = |length: Duration, failed_only: bool| {
                let counts = |(at, has_failed): &&(Instant, bool)| {
                    now - *at <= length && (*has_failed || !failed_only)
                };
                outcomes.iter().filter(counts).count() as u64
            };
            for (key, failed_only) in [("outcomes", false), ("failed", true)] {
                let counted = health.detail(key).unwrap().as_u64().unwrap();
                // A time is a whole number of milliseconds.
                let least = within(Duration::from_millis(milliseconds * 9 / 10 - 1), failed_only);
                let most = within(window + Duration::from_millis(1), failed_only);
                assert!((least..=most).contains(&counted), "{least} to {most}, not {counted}");
            }
        }
    }
}

#[test]
fn invalid_settings_are_unhealthy_and_say_why() {
    let rate = || ErrorRate::new("1m");
    for (rate, mistake) in [
        (
            ErrorRate::within(Duration::from_millis(4_999)),
            "its window must be from 5s to 720h, not 4.999s",
        ),
        (rate().at_least(0), "`at_least` must be 1 or more, not 0"),
        (
            rate().unhealthy_above(50.0),
            "`unhealthy_above` must be a share from 0 to less than 1, such as 0.5, not 50",
        ),
        (
            rate().unhealthy_above(1.0),
            "`unhealthy_above` must be a share from 0 to less than 1, such as 0.5, not 1",
        ),
        (
            rate().degraded_above(f64::NAN),
            "`degraded_above` must be a share from 0 to less than 1, such as 0.5, not NaN",
        ),
        (
            rate().degraded_above(0.6),
            "`degraded_above(0.6)` must be less than `unhealthy_above(0.5)`",
        ),
    ] {
        count(&rate, 10, 10);
        let message = format!("error rate not judged: {mistake}");
        assert_health(&rate.health(), Status::Unhealthy, &message);
    }
}

#[test]
fn every_valid_window_is_accepted_and_every_other_one_refused() {
    for text in ["5s", "5000ms", "1m", "720h"] {
        let _ = ErrorRate::new(text);
    }
    for text in ["", "1", "4999ms", "721h", "1 minute"] {
        let panic = std::panic::catch_unwind(|| ErrorRate::new(text)).unwrap_err();
        let message = panic.downcast_ref::<&str>().unwrap();
        assert!(message.contains("such as \"1m\""), "{message}");
    }
}
