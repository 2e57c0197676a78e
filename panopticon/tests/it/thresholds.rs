//! Failure and success thresholds, which damp changes of the reported status.

use std::time::Duration;

use panopticon::{CheckOptions, Damped, Health, Panopticon, Status};
use serde_json::json;

use crate::scripted::Scripted;

fn with_check(options: CheckOptions) -> (Panopticon, Scripted) {
    let check = Scripted::healthy();
    let options = options.cache(Duration::ZERO);
    let health = Panopticon::empty().check("database", options, check.check()).build().unwrap();
    (health, check)
}

fn parts(damped: Damped) -> (Status, u32, u32) {
    (damped.status, damped.count, damped.threshold)
}

#[tokio::test]
async fn a_failure_counts_after_enough_in_a_row() {
    let (health, check) = with_check(CheckOptions::new().failure_threshold(3));
    let mut transitions = health.subscribe();
    let failing = || Health::unhealthy("no answer").with("attempts", 7);
    assert!(health.report().await.service_healthy());
    // Two failures, a success and two more failures: never three in a row.
    for count in [1, 2, 0, 1, 2] {
        check.say(if count == 0 { Health::healthy("up") } else { failing() });
        let report = health.report().await;
        assert!(report.service_healthy());
        let component = report.component("database").unwrap();
        assert_eq!(component.status(), Status::Healthy);
        let expected = (count > 0).then_some((Status::Unhealthy, count, 3));
        assert_eq!(component.damped().map(parts), expected);
        let message = if count == 0 { "up" } else { "no answer" };
        assert_eq!(component.message(), Some(message));
    }
    let report = health.report().await;
    assert!(!report.service_healthy());
    assert_eq!(report.component("database").unwrap().damped(), None);

    let changes = [
        (Status::Unknown, Status::Healthy, None),
        (Status::Healthy, Status::Unhealthy, Some("no answer")),
    ];
    for (from, to, message) in changes {
        let transition = transitions.next().await.unwrap().unwrap();
        assert_eq!((transition.from(), transition.to(), transition.message()), (from, to, message));
    }
}

#[tokio::test]
async fn a_success_counts_after_enough_in_a_row_and_the_last_failure_is_shown_until_then() {
    let (health, check) = with_check(CheckOptions::new().success_threshold(2));
    // The threshold also applies to an unknown component.
    let component = health.check("database").await.unwrap();
    assert_eq!(component.status(), Status::Unknown);
    assert_eq!(component.damped().map(parts), Some((Status::Healthy, 1, 2)));
    assert!(health.check("database").await.unwrap().healthy());

    check.say(Health::unhealthy("no answer").with("attempts", 7));
    assert_eq!(health.check("database").await.unwrap().status(), Status::Unhealthy);
    check.say(Health::healthy("up"));
    let component = health.check("database").await.unwrap();
    assert_eq!(component.status(), Status::Unhealthy);
    assert_eq!(component.damped().map(parts), Some((Status::Healthy, 1, 2)));
    assert_eq!(component.message(), Some("no answer"));
    assert_eq!(component.detail("attempts"), Some(&json!(7)));
    let component = health.check("database").await.unwrap();
    assert_eq!((component.status(), component.message()), (Status::Healthy, Some("up")));
    assert_eq!((component.damped(), component.detail("attempts")), (None, None));
}

#[tokio::test]
async fn results_that_alternate_are_no_transition() {
    for (usual, other) in [
        (Health::healthy("a"), Health::degraded("b")),
        (Health::degraded("a"), Health::unhealthy("b")),
        (Health::healthy("a"), Health::unhealthy("b")),
        (Health::unhealthy("a"), Health::healthy("b")),
    ] {
        let options = CheckOptions::new().failure_threshold(3).success_threshold(3);
        let (health, check) = with_check(options);
        check.say(usual.clone());
        for _ in 0..3 {
            health.report().await;
        }
        let mut transitions = health.subscribe();
        for result in [&other, &usual].repeat(10) {
            check.say(result.clone());
            assert_eq!(health.check("database").await.unwrap().status(), usual.status());
        }
        drop(health);
        assert_eq!(transitions.next().await, None, "{usual:?} {other:?}");
    }
}

#[tokio::test]
async fn results_of_different_severity_count_together() {
    let options = CheckOptions::new().failure_threshold(3).success_threshold(3);
    let (health, check) = with_check(options);
    // What the check returns, and what the component then shows: its status, the latest results if
    // they are damped, and a message.
    let steps = [
        (Health::healthy("1"), Status::Unknown, Some((Status::Healthy, 1, 3)), "1"),
        (Health::healthy("2"), Status::Unknown, Some((Status::Healthy, 2, 3)), "2"),
        (Health::healthy("3"), Status::Healthy, None, "3"),
        (Health::unhealthy("4"), Status::Healthy, Some((Status::Unhealthy, 1, 3)), "4"),
        (Health::degraded("5"), Status::Healthy, Some((Status::Degraded, 2, 3)), "5"),
        // All three were at least degraded, but only one was unhealthy.
        (Health::unhealthy("6"), Status::Degraded, Some((Status::Unhealthy, 1, 3)), "6"),
        (Health::unhealthy("7"), Status::Degraded, Some((Status::Unhealthy, 2, 3)), "7"),
        // While a better result is damped, the last that still counts is shown.
        (Health::healthy("8"), Status::Degraded, Some((Status::Healthy, 1, 3)), "7"),
        (Health::unhealthy("9"), Status::Degraded, Some((Status::Unhealthy, 1, 3)), "9"),
        (Health::unhealthy("10"), Status::Degraded, Some((Status::Unhealthy, 2, 3)), "10"),
        (Health::unhealthy("11"), Status::Unhealthy, None, "11"),
        (Health::degraded("12"), Status::Unhealthy, Some((Status::Degraded, 1, 3)), "11"),
        (Health::healthy("13"), Status::Unhealthy, Some((Status::Healthy, 1, 3)), "11"),
        // All three were at most degraded, and the degraded one is the last that still counts.
        (Health::healthy("14"), Status::Degraded, Some((Status::Healthy, 2, 3)), "12"),
        (Health::healthy("15"), Status::Healthy, None, "15"),
    ];
    for (result, status, damped, message) in steps {
        check.say(result.clone());
        let component = health.check("database").await.unwrap();
        assert_eq!(
            (component.status(), component.damped().map(parts), component.message()),
            (status, damped, Some(message)),
            "after {result:?}"
        );
    }
}

#[tokio::test]
async fn json_and_text_show_the_damped_status() {
    let (health, check) = with_check(CheckOptions::new().failure_threshold(3));
    health.report().await;
    check.say(Health::unhealthy("no answer"));
    let report = health.report().await;
    let json = serde_json::to_value(&report).unwrap();
    let component = &json["components"]["database"];
    assert_eq!(component["status"], "healthy");
    assert_eq!(component["friendly_status"], "no answer");
    assert_eq!(component["damped"], json!({"status": "unhealthy", "count": 1, "threshold": 3}));
    let text = format!("{report:#}");
    assert!(text.ends_with(" ms  no answer  damped: unhealthy 1 of 3"), "{text}");
    let read: panopticon::Report = serde_json::from_value(json).unwrap();
    assert_eq!(read, report);
}
