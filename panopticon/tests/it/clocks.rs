//! The effects of setting the system clock.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use panopticon::{CheckOptions, Health, Panopticon, Status};
use tokio::time::{advance, sleep};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn displayed_times_follow_the_system_clock_and_ages_do_not() {
    // Tokio's clock advances by a year while the system clock stands still, as if set back by one.
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    let health = Panopticon::empty()
        .check("asked", CheckOptions::new(), || async { Health::healthy("") })
        .check("scheduled", CheckOptions::new().interval(60 * SECOND), || async {})
        .build()
        .unwrap();
    let start = SystemTime::now();
    sleep(2 * SECOND).await;
    let first = health.report().await;
    advance(YEAR).await;
    // As in a process that was frozen: the result is too old, so the check runs.
    let renewed = health.check("scheduled").await.unwrap();
    assert_eq!(renewed.status(), Status::Healthy);
    sleep(62 * SECOND).await;
    let report = health.report().await;
    assert!(report.service_healthy());
    for (name, component) in report.components() {
        let elapsed = component.checked_at().unwrap() - first.timestamp();
        assert!(elapsed.num_days() < 1, "{name} was not checked by the system clock: {elapsed}");
    }
    assert!(first.timestamp() >= DateTime::<Utc>::from(start) - SECOND);
}
