//! What an operator pins a component to.

use std::time::{Duration, SystemTime};

use panopticon::{CheckOptions, Health, OverrideError, Panopticon, Report, Status};
use tokio::time::sleep;

use crate::scripted::Scripted;

const HOUR: Duration = Duration::from_secs(3600);

fn options() -> CheckOptions {
    CheckOptions::new()
}

fn in_an_hour() -> SystemTime {
    SystemTime::now() + HOUR
}

#[tokio::test(start_paused = true)]
async fn shown_for_its_time_with_its_reason_and_what_the_check_says() {
    let check = Scripted::new(Health::unhealthy("no answer").with("attempts", 7));
    let health = Panopticon::empty().check("billing", options(), check.check()).build().unwrap();
    let mut transitions = health.subscribe();
    let until = in_an_hour();
    health.override_status("billing", Status::Degraded, until, "announced\nmaintenance").unwrap();

    let report = health.report().await;
    assert!(report.service_healthy());
    let component = report.component("billing").unwrap();
    assert_eq!((component.status(), component.message()), (Status::Degraded, Some("no answer")));
    let active = component.active_override().unwrap();
    assert_eq!(
        (
            active.status(),
            component.check_status(),
            active.reason(),
            active.ends_at().unwrap().timestamp_millis()
        ),
        (
            Status::Degraded,
            Status::Unhealthy,
            "announced\nmaintenance",
            chrono::DateTime::<chrono::Utc>::from(until).timestamp_millis()
        )
    );
    let json = serde_json::to_value(&report).unwrap();
    let shown = &json["components"]["billing"];
    assert_eq!(shown["status"], "degraded");
    assert_eq!(shown["attempts"], 7);
    assert_eq!(shown["override"]["status"], "unhealthy");
    assert_eq!(shown["override"]["reason"], "announced\nmaintenance");
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    let text = format!("{report:#}");
    assert!(
        text.contains("  override: announced\\nmaintenance, while unhealthy  attempts=7"),
        "{text}"
    );

    // The check goes on, and transitions are those of the check.
    sleep(Duration::from_secs(3590)).await;
    check.say(Health::unhealthy("still no answer"));
    let component = health.check("billing").await.unwrap();
    assert_eq!(component.message(), Some("still no answer"));
    assert!(component.active_override().is_some());
    assert_eq!(check.runs(), 2);
    let transition = transitions.next().await.unwrap().unwrap();
    assert_eq!((transition.from(), transition.to()), (Status::Unknown, Status::Unhealthy));

    sleep(Duration::from_secs(11)).await;
    let component = health.check("billing").await.unwrap();
    assert_eq!((component.status(), component.active_override()), (Status::Unhealthy, None));
}

#[tokio::test(start_paused = true)]
async fn its_end_is_kept_by_a_clock_that_nobody_sets() {
    // This clock goes on for an hour, and the system's does not: it may as well have been set back.
    let health = Panopticon::empty().check("billing", options(), || async {}).build().unwrap();
    let until = chrono::DateTime::<chrono::Utc>::from(in_an_hour());
    health.override_status("billing", Status::Unhealthy, until, "drill").unwrap();
    assert!(!health.report().await.service_healthy());
    sleep(HOUR).await;
    assert!(health.report().await.service_healthy());
    assert_eq!(health.clear_override("billing"), Ok(false), "it has ended");
}

#[tokio::test(start_paused = true)]
async fn the_later_one_takes_the_place_of_the_earlier_and_it_can_be_cleared() {
    let health = Panopticon::empty().check("billing", options(), || async {}).build().unwrap();
    health.override_status("billing", Status::Unhealthy, in_an_hour(), "first").unwrap();
    health.override_status("billing", Status::Unknown, in_an_hour(), "second").unwrap();
    let component = health.check("billing").await.unwrap();
    assert_eq!(component.status(), Status::Unknown);
    assert_eq!(component.active_override().unwrap().reason(), "second");
    assert_eq!(health.clear_override("billing"), Ok(true));
    assert_eq!(health.clear_override("billing"), Ok(false));
    assert_eq!(health.check("billing").await.unwrap().active_override(), None);
}

#[tokio::test(start_paused = true)]
async fn shown_before_the_first_result_and_while_a_check_hangs() {
    let health = Panopticon::empty()
        .check("hangs", options(), std::future::pending::<()>)
        .check("scheduled", options().interval(HOUR).initial_delay(HOUR), || async {})
        .build()
        .unwrap();
    for name in ["hangs", "scheduled"] {
        health.override_status(name, Status::Healthy, in_an_hour(), "known").unwrap();
    }
    let report = health.report().await;
    let was = |name| report.component(name).unwrap().check_status();
    assert!(report.service_healthy());
    assert_eq!((was("hangs"), was("scheduled")), (Status::Unhealthy, Status::Unknown));
}

#[test]
fn what_cannot_be_pinned_is_an_error() {
    let health = Panopticon::empty()
        .check("billing", options(), || async {})
        .check("orders", options(), || async {})
        .build()
        .unwrap();
    let pin = |name: &str, until: SystemTime, reason: &str| {
        health.override_status(name, Status::Healthy, until, reason).unwrap_err()
    };
    let unknown = pin("biling", in_an_hour(), "typo");
    assert_eq!(unknown, health.clear_override("biling").unwrap_err());
    assert_eq!(unknown.to_string(), "no component is named \"biling\"; there are: billing, orders");
    assert_eq!(pin("billing", SystemTime::UNIX_EPOCH, "late"), OverrideError::Passed);
    assert_eq!(OverrideError::Passed.to_string(), "an override must end in the future");
    let far = SystemTime::now() + 31 * 24 * HOUR;
    assert_eq!(pin("billing", far, "for ever"), OverrideError::TooLong);
    assert_eq!(
        OverrideError::TooLong.to_string(),
        "an override must end within 30 days; renew it then"
    );
    assert_eq!(pin("billing", in_an_hour(), " "), OverrideError::NoReason);
    assert_eq!(
        OverrideError::NoReason.to_string(),
        "an override must have a reason, for those who read the report"
    );
    assert_eq!(health.clear_override("billing"), Ok(false));
}
