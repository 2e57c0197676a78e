//! Waiting for the first results of checks with an interval.

use std::future::pending;
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Status};
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

fn every_minute() -> CheckOptions {
    CheckOptions::new().interval(60 * SECOND)
}

#[tokio::test(start_paused = true)]
async fn every_scheduled_check_has_a_result_afterwards_and_others_are_not_run() {
    let health = Panopticon::empty()
        .check("quick", every_minute(), || async {})
        .check("slow", every_minute().initial_delay(10 * SECOND), || sleep(SECOND))
        .check_blocking("thread", every_minute(), || Health::healthy(""))
        .check("hangs", every_minute().critical(false), pending::<()>)
        .check("asked", CheckOptions::new().critical(false), || async { unreachable!() as Health })
        .build()
        .unwrap();
    let start = Instant::now();
    health.first_results().await;
    assert!(start.elapsed() >= 11 * SECOND && start.elapsed() <= 12 * SECOND);
    for name in ["quick", "slow", "thread"] {
        assert_eq!(health.check(name).await.unwrap().status(), Status::Healthy, "{name}");
    }
    let hangs = health.check("hangs").await.unwrap();
    assert_eq!(hangs.message(), Some("timed out after 2s"));
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_skipped_is_not_waited_for() {
    let health = Panopticon::empty()
        .check("database", every_minute(), || async { Health::unhealthy("no answer") })
        .check("orders", every_minute().depends_on("database"), || async {})
        .build()
        .unwrap();
    health.first_results().await;
    let orders = health.check("orders").await.unwrap();
    assert_eq!(orders.message(), Some("not checked: `database` is unhealthy"));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_the_wait() {
    let options = every_minute().initial_delay(3600 * SECOND);
    let health = Panopticon::empty().check("late", options, || async {}).build().unwrap();
    let waiting = tokio::spawn({
        let health = health.clone();
        async move { health.first_results().await }
    });
    sleep(SECOND).await;
    assert!(!waiting.is_finished());
    health.shutdown().await;
    waiting.await.unwrap();
    health.first_results().await;
}
