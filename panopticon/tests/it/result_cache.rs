//! How long results are cached.

use std::future::pending;
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon};
use tokio::time::{Instant, advance};

use crate::scripted::Scripted;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn options() -> CheckOptions {
    CheckOptions::new()
}

#[tokio::test(start_paused = true)]
async fn a_result_is_cached_for_exactly_its_cache_duration() {
    let (default, own) = (Scripted::healthy(), Scripted::healthy());
    let health = Panopticon::empty()
        .check("default", options(), default.check())
        .check("own", options().cache(3 * SECOND), own.check())
        .build()
        .unwrap();
    let runs = || (default.runs(), own.runs());
    health.report().await;
    advance(999 * MILLISECOND).await;
    health.report().await;
    assert_eq!(runs(), (1, 1));
    advance(MILLISECOND).await;
    health.report().await;
    assert_eq!(runs(), (2, 1));
    advance(1999 * MILLISECOND).await;
    health.report().await;
    assert_eq!(runs(), (3, 1));
    advance(MILLISECOND).await;
    health.report().await;
    assert_eq!(runs(), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn the_builders_setting_applies_to_checks_without_their_own() {
    let (builders, own) = (Scripted::healthy(), Scripted::healthy());
    let health = Panopticon::empty()
        .cache(10 * SECOND)
        .check("builders", options(), builders.check())
        .check("own", options().cache(SECOND), own.check())
        .build()
        .unwrap();
    health.report().await;
    advance(5 * SECOND).await;
    health.report().await;
    assert_eq!((builders.runs(), own.runs()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn without_a_cache_every_request_runs_the_check() {
    let check = Scripted::healthy();
    let health = Panopticon::empty()
        .check("check", options().cache(Duration::ZERO), check.check())
        .build()
        .unwrap();
    for runs in 1..=5 {
        health.report().await;
        assert_eq!(check.runs(), runs);
    }
}

#[tokio::test(start_paused = true)]
async fn a_report_and_a_single_check_share_a_cached_failure() {
    let check = Scripted::new(Health::unhealthy("no answer"));
    let health = Panopticon::empty().check("check", options(), check.check()).build().unwrap();
    let first = health.report().await;
    check.say(Health::healthy("back"));
    let again = health.check("check").await.unwrap();
    assert_eq!(Some(&again), first.component("check"));
    assert_eq!(check.runs(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_cached_too() {
    let health = Panopticon::empty().check("hangs", options(), pending::<()>).build().unwrap();
    health.report().await;
    let start = Instant::now();
    assert_eq!(
        health.check("hangs").await.unwrap().message(),
        Some("timed out after 2s"),
        "cached"
    );
    assert_eq!(start.elapsed(), Duration::ZERO);
}
