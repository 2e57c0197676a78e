//! The status and the details of a number with bounds.

use std::time::Duration;

use panopticon::checks::Level;
use panopticon::{CheckOptions, Health, Panopticon, Status};
use tokio::time::sleep;

use crate::random::Random;

const SECOND: Duration = Duration::from_secs(1);

fn queue() -> Level {
    Level::new("queued").degraded_above(100.0).unhealthy_above(1_000.0)
}

fn space() -> Level {
    Level::new("free").unit("%").degraded_below(10.0).unhealthy_below(2.0)
}

#[track_caller]
fn assert_health(health: &Health, status: Status, message: &str) {
    assert_eq!((health.status(), health.message()), (status, Some(message)));
}

#[test]
fn a_value_beyond_a_bound_has_its_status() {
    for (value, status, message) in [
        (0, Status::Healthy, "queued is 0"),
        (100, Status::Healthy, "queued is 100"),
        (101, Status::Degraded, "queued is 101, above 100"),
        (1_000, Status::Degraded, "queued is 1000, above 100"),
        (1_001, Status::Unhealthy, "queued is 1001, above 1000"),
    ] {
        let health = queue().health(value);
        assert_health(&health, status, message);
        assert_eq!(health.detail("queued"), Some(&value.into()));
    }
    for (value, status, message) in [
        (50.0, Status::Healthy, "free is 50 %"),
        (10.0, Status::Healthy, "free is 10 %"),
        (9.9, Status::Degraded, "free is 9.9 %, below 10 %"),
        (9.999_999, Status::Degraded, "free is 9.999999 %, below 10 %"),
        (1.234_56, Status::Unhealthy, "free is 1.235 %, below 2 %"),
    ] {
        assert_health(&space().health(value), status, message);
    }
}

#[test]
fn one_bound_is_enough() {
    let health = Level::new("lag").unit("s").degraded_above(1.5).health(2 * SECOND);
    assert_health(&health, Status::Degraded, "lag is 2 s, above 1.5 s");
    assert_eq!(health.detail("lag"), Some(&2.0.into()));
    let health = Level::new("lag").unhealthy_above(1.0).health(2);
    assert_health(&health, Status::Unhealthy, "lag is 2, above 1");
}

#[test]
fn a_value_must_come_back_by_the_hysteresis() {
    let level = queue();
    for (value, status, message) in [
        (99, Status::Healthy, "queued is 99"),
        (101, Status::Degraded, "queued is 101, above 100"),
        (96, Status::Degraded, "queued is 96, still above 95 after it was above 100"),
        (95, Status::Healthy, "queued is 95"),
        (96, Status::Healthy, "queued is 96"),
        (1_001, Status::Unhealthy, "queued is 1001, above 1000"),
        (951, Status::Unhealthy, "queued is 951, still above 950 after it was above 1000"),
        (950, Status::Degraded, "queued is 950, above 100"),
        (951, Status::Degraded, "queued is 951, above 100"),
    ] {
        assert_health(&level.health(value), status, message);
    }
    let level = space().hysteresis(5.0);
    assert_eq!(level.health(1).status(), Status::Unhealthy);
    let still = "free is 6.9 %, still below 7 % after it was below 2 %";
    assert_health(&level.health(6.9), Status::Unhealthy, still);
    let still = "free is 7 %, below 10 %";
    assert_health(&level.health(7), Status::Degraded, still);
    assert_eq!(level.health(14.9).status(), Status::Degraded);
    assert_eq!(level.health(15).status(), Status::Healthy);

    let level = queue().hysteresis(0.0);
    assert_eq!(level.health(101).status(), Status::Degraded);
    assert_eq!(level.health(100).status(), Status::Healthy);
}

/// Returns whether a value is worse than a bound that is above, or below.
fn is_beyond(is_above: bool, value: f64, bound: f64) -> bool {
    if is_above { value > bound } else { value < bound }
}

#[test]
fn the_status_of_any_values_follows_from_the_bounds_alone() {
    let mut random = Random::new(17);
    for _ in 0..2_000 {
        let is_above = random.below(2) == 0;
        let low = random.number();
        let high = low + 0.01 + random.number().abs();
        let (degraded, unhealthy) = if is_above { (low, high) } else { (high, low) };
        let distance = random.number().abs() / 10.0;
        let level = Level::new("level").hysteresis(distance);
        let level = if is_above {
            level.degraded_above(degraded).unhealthy_above(unhealthy)
        } else {
            level.degraded_below(degraded).unhealthy_below(unhealthy)
        };
        // The same again with all signs changed must have the same status.
        let mirrored = Level::new("level").hysteresis(distance);
        let mirrored = if is_above {
            mirrored.degraded_below(-degraded).unhealthy_below(-unhealthy)
        } else {
            mirrored.degraded_above(-degraded).unhealthy_above(-unhealthy)
        };
        let mut values = Vec::new();
        for _ in 0..20 {
            let value = random.number();
            values.push(value);
            let status = level.health(value).status();
            assert_eq!(mirrored.health(-value).status(), status);

            let place = format!("{level:?}: {values:?}");
            let worst_of = |distance: f64| {
                let back = if is_above { -distance } else { distance };
                if is_beyond(is_above, value, unhealthy + back) {
                    Status::Unhealthy
                } else if is_beyond(is_above, value, degraded + back) {
                    Status::Degraded
                } else {
                    Status::Healthy
                }
            };
            let (least, most) = (worst_of(0.0), worst_of(distance));
            assert!((least..=most).contains(&status), "{least} to {most}, not {status}: {place}");
            // The same value never changes the status again.
            assert_eq!(level.health(value).status(), status, "{place}");
        }
    }
}

#[test]
fn values_that_are_not_finite_are_no_trap() {
    let level = queue();
    assert_eq!(level.health(101).status(), Status::Degraded);
    let health = level.health(f64::NAN);
    assert_health(&health, Status::Unhealthy, "queued is not a number");
    assert_eq!(health.detail("queued"), Some(&"NaN".into()));
    // It is not remembered.
    assert_eq!(level.health(96).status(), Status::Degraded);

    let health = level.health(f64::INFINITY);
    assert_health(&health, Status::Unhealthy, "queued is Infinity, above 1000");
    assert_health(&level.health(f64::NEG_INFINITY), Status::Healthy, "queued is -Infinity");
    assert_eq!(space().health(f64::NEG_INFINITY).status(), Status::Unhealthy);
    assert_eq!(space().health(f64::INFINITY).status(), Status::Healthy);
}

#[test]
fn the_largest_and_smallest_numbers_are_judged() {
    let level = queue();
    for value in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, -0.0] {
        let status = if value > 1_000.0 { Status::Unhealthy } else { Status::Healthy };
        assert_eq!(level.health(value).status(), status);
    }
    let health = level.health(u64::MAX);
    assert_health(&health, Status::Unhealthy, "queued is 18446744073709551615, above 1000");
    assert_eq!(health.detail("queued"), Some(&u64::MAX.into()));
    let bounds = Level::new("level").degraded_above(f64::MIN).unhealthy_above(f64::MAX);
    assert_health(&bounds.health(0), Status::Degraded, "level is 0, above -1.7976931348623157e308");
    assert_eq!(bounds.health(f64::MAX).status(), Status::Degraded);
}

#[test]
fn invalid_bounds_are_unhealthy_and_say_why() {
    let level = || Level::new("level");
    let cases = [
        (
            level(),
            "no bound is set; call `unhealthy_above`, `unhealthy_below`, `degraded_above` or \
             `degraded_below`",
        ),
        (
            level().degraded_above(98.0).unhealthy_above(90.0),
            "`degraded_above(98)` must be less than `unhealthy_above(90)`",
        ),
        (
            level().degraded_above(0.5).unhealthy_above(0.5),
            "`degraded_above(0.5)` must be less than `unhealthy_above(0.5)`",
        ),
        (
            level().degraded_below(2.0).unhealthy_below(10.0),
            "`degraded_below(2)` must be greater than `unhealthy_below(10)`",
        ),
        (
            level().degraded_below(2.0).unhealthy_above(10.0),
            "one bound is `_above` and the other `_below`; set both on the same side",
        ),
        (level().degraded_above(f64::NAN), "`degraded_above` must be a finite number, not NaN"),
        (
            level().degraded_below(1.0).unhealthy_below(f64::NEG_INFINITY),
            "`unhealthy_below` must be a finite number, not -Infinity",
        ),
        (
            level().degraded_above(1.0).hysteresis(-1.0),
            "`hysteresis` must be zero or more, and finite, not -1",
        ),
        (
            level().degraded_above(1.0).hysteresis(f64::NAN),
            "`hysteresis` must be zero or more, and finite, not NaN",
        ),
        (level().degraded_above(1.0).empty_at(0.0), "`empty_at` is for bounds that are `_below`"),
        (level().degraded_below(1.0).full_at(9.0), "`full_at` is for bounds that are `_above`"),
        (
            level().degraded_above(1.0).full_at(f64::INFINITY),
            "`full_at` must be a finite number, not Infinity",
        ),
        (
            level().degraded_above(90.0).unhealthy_above(98.0).full_at(95.0),
            "`full_at(95)` must not be less than the bound 98",
        ),
        (
            level().degraded_below(90.0).empty_at(95.0),
            "`empty_at(95)` must not be greater than the bound 90",
        ),
    ];
    for (level, mistake) in cases {
        let health = level.health(1);
        assert_health(&health, Status::Unhealthy, &format!("level not judged: {mistake}"));
        assert_eq!(health.detail("level"), Some(&1.into()));
    }
}

#[track_caller]
fn assert_trend(health: &Health, name: &str, per_second: f64, trend: &str) {
    assert_eq!(health.detail(&format!("{name}_per_second")), Some(&per_second.into()));
    assert_eq!(health.detail(&format!("{name}_trend")), Some(&trend.into()));
}

#[tokio::test(start_paused = true)]
async fn the_change_of_a_value_is_a_detail() {
    let level = queue();
    let first = level.health(0);
    assert_eq!((first.detail("queued_per_second"), first.detail("queued_trend")), (None, None));
    // Two values of the same moment say nothing about the change.
    sleep(SECOND / 2).await;
    assert_eq!(level.health(500).detail("queued_per_second"), None);
    sleep(SECOND / 2).await;
    assert_trend(&level.health(40), "queued", 40.0, "grows by 40/s, unhealthy in 24 s");
    sleep(SECOND).await;
    assert_trend(&level.health(0), "queued", 0.0, "steady");
    sleep(SECOND).await;
    assert_trend(&level.health(1_200), "queued", 400.0, "grows by 400/s");
    sleep(SECOND).await;
    assert_trend(&level.health(-2), "queued", -0.5, "falls by 30/min");
    // Neither NaN nor an infinity is a point of the curve.
    assert_eq!(level.health(f64::NAN).detail("queued_trend"), None);
    assert_eq!(level.health(f64::INFINITY).detail("queued_trend"), None);
    assert_eq!(
        level.health(f64::MAX).detail("queued_per_second").unwrap().as_f64(),
        Some(f64::MAX / 4.0)
    );
}

#[tokio::test(start_paused = true)]
async fn the_change_is_that_of_the_last_minutes() {
    let level = queue();
    for second in 0..600 {
        let _ = level.health(second);
        sleep(SECOND).await;
    }
    // It has stood still for two minutes.
    let mut health = level.health(600);
    for _ in 0..120 {
        sleep(SECOND).await;
        health = level.health(600);
    }
    assert_trend(&health, "queued", 0.0, "steady");

    // Values that come less often are compared with the previous one.
    let level = Level::new("certificate").unit("days").degraded_below(14.0).empty_at(0.0);
    let _ = level.health(90);
    sleep(24 * 3_600 * SECOND).await;
    let health = level.health(89);
    let per_second = -1.0 / 86_400.0;
    assert_trend(&health, "certificate", per_second, "falls by 1 days/d, empty in 89 d");
    sleep(10 * 24 * 3_600 * SECOND).await;
    assert_trend(&level.health(89), "certificate", 0.0, "steady");
}

#[tokio::test(start_paused = true)]
async fn a_forecast_looks_at_most_a_year_ahead() {
    let level = Level::new("free").degraded_below(10.0).unhealthy_below(0.0);
    let _ = level.health(1_000);
    sleep(100 * SECOND).await;
    for (value, per_second, trend) in [
        (900.0, -1.0, "falls by 1/s, unhealthy in 15 min"),
        (999.0, -0.01, "falls by 36/h, unhealthy in 28 h"),
        (999.9, -0.001, "falls by 3.6/h, unhealthy in 12 d"),
        (999.999, -0.000_01, "falls by 0.864/d"),
        (0.0, -10.0, "falls by 10/s"),
        (-1_000.0, -20.0, "falls by 20/s"),
    ] {
        let health = level.health(value);
        let shown = health.detail("free_per_second").unwrap().as_f64().unwrap();
        assert!((shown - per_second).abs() < 1e-9, "{shown}");
        assert_eq!(health.detail("free_trend"), Some(&trend.into()));
    }
}

#[tokio::test(start_paused = true)]
async fn it_keeps_its_state_between_the_runs_of_a_check() {
    static QUEUED: Level = Level::new("queued").degraded_above(100.0);

    let values = std::sync::Mutex::new(vec![96, 96, 101, 96].into_iter().rev().collect::<Vec<_>>());
    let health = Panopticon::empty()
        .check_blocking("queue", CheckOptions::new(), move || {
            QUEUED.health(values.lock().unwrap().pop().unwrap())
        })
        .build()
        .unwrap();
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(health.report().await.status());
        sleep(2 * SECOND).await;
    }
    let expected = [Status::Healthy, Status::Healthy, Status::Degraded, Status::Degraded];
    assert_eq!(statuses, expected);
}
