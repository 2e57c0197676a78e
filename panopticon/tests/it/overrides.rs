//! Overrides of a component's status.

use std::time::{Duration, SystemTime};

use panopticon::{CheckOptions, Health, Override, OverrideError, Panopticon, Report, Status};
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
async fn an_override_shows_its_reason_and_the_checks_own_status_until_it_ends() {
    let check = Scripted::new(Health::unhealthy("no answer").with("attempts", 7));
    let health = Panopticon::empty().check("billing", options(), check.check()).build().unwrap();
    let until = in_an_hour();
    health
        .set_override(
            "billing",
            Override::new(Status::Degraded, "announced\nmaintenance").until(until),
        )
        .unwrap();

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
    let billing = &json["components"]["billing"];
    assert_eq!(billing["status"], "degraded");
    assert_eq!(billing["attempts"], 7);
    assert_eq!(billing["override"]["status"], "unhealthy");
    assert_eq!(billing["override"]["reason"], "announced\nmaintenance");
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    let text = format!("{report:#}");
    assert!(
        text.contains("  override: announced\\nmaintenance, while unhealthy  attempts=7"),
        "{text}"
    );

    // The check still runs.
    sleep(Duration::from_secs(3590)).await;
    check.say(Health::unhealthy("still no answer"));
    let component = health.check("billing").await.unwrap();
    assert_eq!(component.message(), Some("still no answer"));
    assert!(component.active_override().is_some());
    assert_eq!(check.runs(), 2);

    sleep(Duration::from_secs(11)).await;
    let component = health.check("billing").await.unwrap();
    assert_eq!((component.status(), component.active_override()), (Status::Unhealthy, None));
}

#[tokio::test(start_paused = true)]
async fn setting_the_system_clock_does_not_move_the_end_of_an_override() {
    // Tokio's clock advances by an hour while the system clock stands still, as if set back by one.
    let health = Panopticon::empty().check("billing", options(), || async {}).build().unwrap();
    let until = chrono::DateTime::<chrono::Utc>::from(in_an_hour());
    health.set_override("billing", Override::new(Status::Unhealthy, "drill").until(until)).unwrap();
    assert!(!health.report().await.service_healthy());
    sleep(HOUR).await;
    assert!(health.report().await.service_healthy());
    assert_eq!(health.clear_override("billing"), Ok(false), "it has ended");
}

#[tokio::test(start_paused = true)]
async fn a_new_override_replaces_the_old_one_and_can_be_cleared() {
    let health = Panopticon::empty().check("billing", options(), || async {}).build().unwrap();
    health
        .set_override("billing", Override::new(Status::Unhealthy, "first").until(in_an_hour()))
        .unwrap();
    health
        .set_override("billing", Override::new(Status::Unknown, "second").until(in_an_hour()))
        .unwrap();
    let component = health.check("billing").await.unwrap();
    assert_eq!(component.status(), Status::Unknown);
    assert_eq!(component.active_override().unwrap().reason(), "second");
    assert_eq!(health.clear_override("billing"), Ok(true));
    assert_eq!(health.clear_override("billing"), Ok(false));
    assert_eq!(health.check("billing").await.unwrap().active_override(), None);
}

#[tokio::test(start_paused = true)]
async fn an_override_applies_before_the_first_result_and_while_a_check_hangs() {
    let health = Panopticon::empty()
        .check("hangs", options(), std::future::pending::<()>)
        .check("scheduled", options().interval(HOUR).initial_delay(HOUR), || async {})
        .build()
        .unwrap();
    for name in ["hangs", "scheduled"] {
        health
            .set_override(name, Override::new(Status::Healthy, "known").until(in_an_hour()))
            .unwrap();
    }
    let report = health.report().await;
    let check_status = |name| report.component(name).unwrap().check_status();
    assert!(report.service_healthy());
    assert_eq!(
        (check_status("hangs"), check_status("scheduled")),
        (Status::Unhealthy, Status::Unknown)
    );
}

#[tokio::test(start_paused = true)]
async fn a_duration_counts_from_the_moment_the_override_is_set() {
    let health = Panopticon::empty().check("billing", options(), || async {}).build().unwrap();
    let drill = Override::new(Status::Unhealthy, "drill").lasting(HOUR);
    assert_eq!(drill.ends_at(), None);
    sleep(2 * HOUR).await;
    let before = SystemTime::now();
    health.set_override("billing", drill).unwrap();

    let component = health.check("billing").await.unwrap();
    assert_eq!(
        (component.status(), component.check_status()),
        (Status::Unhealthy, Status::Healthy)
    );
    let ends_at = component.active_override().unwrap().ends_at().unwrap();
    let lasts = SystemTime::from(ends_at).duration_since(before).unwrap();
    assert!(
        (HOUR.saturating_sub(Duration::from_millis(1))..2 * HOUR).contains(&lasts),
        "{lasts:?}"
    );
    sleep(HOUR).await;
    assert!(health.report().await.service_healthy());
}

#[test]
fn an_invalid_override_is_an_error() {
    let health = Panopticon::empty()
        .check("billing", options(), || async {})
        .check("orders", options(), || async {})
        .build()
        .unwrap();
    let refused = |component: &str, invalid: Override| {
        let error = health.set_override(component, invalid).unwrap_err();
        (error.clone(), error.to_string())
    };
    let known = || Override::new(Status::Healthy, "known");
    let (unknown, message) = refused("biling", known().lasting(HOUR));
    assert_eq!(unknown, health.clear_override("biling").unwrap_err());
    assert_eq!(
        message,
        "no component is named \"biling\"; did you mean `billing`? known components: billing, orders"
    );
    let too_long = 31 * 24 * HOUR;
    for (invalid, error, message) in [
        (
            known(),
            OverrideError::NoEnd,
            "an override must have an end; set it with `.lasting(…)` or `.until(…)`",
        ),
        (
            known().until(SystemTime::UNIX_EPOCH),
            OverrideError::Passed,
            "an override must end in the future",
        ),
        (
            known().lasting(Duration::ZERO),
            OverrideError::Passed,
            "an override must end in the future",
        ),
        (
            known().until(SystemTime::now() + too_long),
            OverrideError::TooLong,
            "an override must end within 30 days; set it again then if it is still needed",
        ),
        (
            known().lasting(Duration::MAX),
            OverrideError::TooLong,
            "an override must end within 30 days; set it again then if it is still needed",
        ),
        (
            Override::new(Status::Healthy, " ").lasting(HOUR),
            OverrideError::NoReason,
            "an override must have a reason, for those who read the report",
        ),
    ] {
        assert_eq!(refused("billing", invalid), (error, message.to_owned()));
    }
    assert_eq!(health.clear_override("billing"), Ok(false));
}

#[tokio::test]
async fn a_long_reason_is_cut() {
    let health = Panopticon::empty().check("billing", options(), || async {}).build().unwrap();
    let long = Override::new(Status::Degraded, "é".repeat(1_000_000));
    health.set_override("billing", long.lasting(HOUR)).unwrap();
    let component = health.check("billing").await.unwrap();
    let reason = component.active_override().unwrap().reason();
    assert!(reason.ends_with("é…"));
    assert!((Health::MAX_MESSAGE_BYTES - 1..=Health::MAX_MESSAGE_BYTES).contains(&reason.len()));
}
