//! What `Watch` sends, and how often it asks.

use std::time::Duration;

use panopticon::{CheckOptions, Health, Override, Panopticon, Probe, Selection, Status};
use tokio::time::{Instant, advance, sleep, timeout};
use tonic::{Code, Streaming};

use super::health_v1::HealthCheckResponse;
use super::health_v1::health_check_response::ServingStatus::{NotServing, ServiceUnknown, Serving};
use super::{assert_code, client, named, next, serves, unhealthy, watch};
use crate::scripted::Scripted;
use crate::without_a_runtime::block_on;

const SECOND: Duration = Duration::from_secs(1);

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// Fails if a stream sends anything during this time.
async fn assert_silent(stream: &mut Streaming<HealthCheckResponse>, duration: Duration) {
    let sent = timeout(duration, next(stream)).await;
    assert!(sent.is_err(), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn the_status_is_sent_at_once_and_then_when_it_changes() {
    let database = Scripted::healthy();
    let health =
        Panopticon::empty().check("database", options(), database.check()).build().unwrap();
    for name in ["", "readiness", "database"] {
        let mut stream = watch(&health, name).await;
        let start = Instant::now();
        assert_eq!(next(&mut stream).await, Some(Serving));
        assert!(start.elapsed() < SECOND / 10);

        // Nobody else asks the check.
        assert_silent(&mut stream, 60 * SECOND).await;
        database.say(unhealthy());
        let start = Instant::now();
        assert_eq!(next(&mut stream).await, Some(NotServing));
        assert!(start.elapsed() < 2 * SECOND, "{:?}", start.elapsed());
        assert_silent(&mut stream, 60 * SECOND).await;
        // Degraded is served as well, so this is one change.
        database.say(Health::degraded(""));
        assert_eq!(next(&mut stream).await, Some(Serving));
        database.say(Health::healthy(""));
        assert_silent(&mut stream, 60 * SECOND).await;
    }
}

/// Returns how often the check runs within a minute in which its status is watched by this many.
async fn runs_in_a_minute(cache: Duration, watchers: usize) -> usize {
    let database = Scripted::healthy();
    let options = options().cache(cache).collection("orders");
    let health = Panopticon::empty().check("database", options, database.check()).build().unwrap();
    let mut streams = Vec::new();
    for number in 0..watchers {
        // Each with a service of its own, at another moment.
        let name = ["", "readiness"][number % 2];
        let mut stream = watch(&health, name).await;
        assert_eq!(next(&mut stream).await, Some(Serving));
        streams.push(stream);
        sleep(SECOND / 7).await;
    }
    let before = database.runs();
    sleep(60 * SECOND).await;
    database.runs() - before
}

#[tokio::test(start_paused = true)]
async fn a_check_is_asked_at_its_cache_age_however_many_watch_it() {
    for watchers in [1, 2, 20] {
        for (cache, expected) in [
            (Duration::ZERO, 60),
            (SECOND / 10, 60),
            (SECOND, 60),
            (10 * SECOND, 6),
            (3600 * SECOND, 0),
        ] {
            let runs = runs_in_a_minute(cache, watchers).await;
            // Each pause begins when the last answer has arrived.
            assert!(
                (expected - expected / 10..=expected + 1).contains(&runs),
                "{runs} runs of a check that is cached for {cache:?}, with {watchers} watchers"
            );
        }
    }
}

/// The first answer may come from results that are almost too old.
#[tokio::test(start_paused = true)]
async fn a_result_is_never_shown_for_longer_than_it_is_cached() {
    let minute = 60 * SECOND;
    for (own, others) in [(minute, minute), (minute, 40 * SECOND), (minute, 3600 * SECOND)] {
        let database = Scripted::healthy();
        let health = Panopticon::empty()
            .check("database", options().cache(own), database.check())
            .check("mail", options().cache(others), || async {})
            .build()
            .unwrap();
        for name in ["", "database"] {
            database.say(Health::healthy(""));
            sleep(2 * minute).await;
            let start = Instant::now();
            assert!(serves(&health, name).await);
            sleep(58 * SECOND).await;
            let mut stream = watch(&health, name).await;
            assert_eq!(next(&mut stream).await, Some(Serving));
            database.say(unhealthy());
            assert_eq!(next(&mut stream).await, Some(NotServing));
            assert!(start.elapsed() < minute + 2 * SECOND, "{name}: {:?}", start.elapsed());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn once_nobody_watches_nothing_is_asked() {
    let database = Scripted::healthy();
    let health =
        Panopticon::empty().check("database", options(), database.check()).build().unwrap();
    let mut first = watch(&health, "database").await;
    let mut second = watch(&health, "database").await;
    assert_eq!(next(&mut first).await, Some(Serving));
    assert_eq!(next(&mut second).await, Some(Serving));
    drop(first);
    let before = database.runs();
    sleep(10 * SECOND).await;
    assert!(database.runs() >= before + 9);
    drop(second);
    sleep(SECOND / 10).await;
    let before = database.runs();
    sleep(60 * SECOND).await;
    assert_eq!(database.runs(), before);

    // It can be watched again.
    database.say(unhealthy());
    let mut third = watch(&health, "database").await;
    assert_eq!(next(&mut third).await, Some(NotServing));
    sleep(10 * SECOND).await;
    assert!(database.runs() > before + 9);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_flaps_is_asked_no_more_often() {
    let database = Scripted::healthy();
    let flapping = {
        let (database, check) = (database.clone(), database.check());
        move || {
            let result = check();
            database.say(if database.runs() % 2 == 0 { unhealthy() } else { Health::healthy("") });
            result
        }
    };
    let options = options().cache(Duration::ZERO);
    let health = Panopticon::empty().check("database", options, flapping).build().unwrap();
    let mut stream = watch(&health, "database").await;
    let start = Instant::now();
    for _ in 0..10 {
        assert!(next(&mut stream).await.is_some());
    }
    assert!(start.elapsed() >= 9 * SECOND, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn changes_that_others_cause_are_sent_at_once() {
    let an_hour = 3600 * SECOND;
    let options = options().cache(an_hour);
    let health = Panopticon::empty()
        .check("database", options, || async {})
        .grpc_name("orders.v1.Orders", Selection::all().name("database"))
        .build()
        .unwrap();
    for name in ["database", "orders.v1.Orders", ""] {
        let mut stream = watch(&health, name).await;
        assert_eq!(next(&mut stream).await, Some(Serving));
        let start = Instant::now();
        let set = Override::new(Status::Unhealthy, "maintenance").lasting(an_hour);
        health.set_override("database", set).unwrap();
        assert_eq!(next(&mut stream).await, Some(NotServing));
        health.clear_override("database").unwrap();
        assert_eq!(next(&mut stream).await, Some(Serving));
        assert!(start.elapsed() < SECOND, "{name}: {:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn draining_is_sent_at_once_where_it_counts() {
    let health = Panopticon::empty()
        .check("database", options().cache(Duration::ZERO), || async {})
        .check("loop", options().probe(Probe::Liveness), || async {})
        .build()
        .unwrap();
    let mut whole = watch(&health, "").await;
    let mut liveness = watch(&health, "liveness").await;
    let mut component = watch(&health, "database").await;
    for stream in [&mut whole, &mut liveness, &mut component] {
        assert_eq!(next(stream).await, Some(Serving));
    }
    let start = Instant::now();
    health.drain();
    assert_eq!(next(&mut whole).await, Some(NotServing));
    health.undrain();
    assert_eq!(next(&mut whole).await, Some(Serving));
    assert!(start.elapsed() < SECOND / 2, "{:?}", start.elapsed());
    health.drain();
    assert_silent(&mut liveness, 10 * SECOND).await;
    assert_silent(&mut component, 10 * SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn an_unknown_name_leaves_the_call_open() {
    let health = Panopticon::empty().check("database", options(), || async {}).build().unwrap();
    let mut stream = watch(&health, "mail").await;
    assert_eq!(next(&mut stream).await, Some(ServiceUnknown));
    assert_silent(&mut stream, 3600 * SECOND).await;
    health.shutdown().await;
    assert_eq!(next(&mut stream).await, None);
}

#[tokio::test(start_paused = true)]
async fn shutdown_ends_all_streams() {
    let database = Scripted::healthy();
    let health =
        Panopticon::empty().check("database", options(), database.check()).build().unwrap();
    let mut streams = Vec::new();
    for name in ["", "", "liveness", "database", "mail"] {
        let mut stream = watch(&health, name).await;
        assert!(next(&mut stream).await.is_some());
        streams.push(stream);
    }
    health.shutdown().await;
    for mut stream in streams {
        assert_eq!(next(&mut stream).await, None);
    }
    let before = database.runs();
    for name in ["", "mail"] {
        let error = client(&health).watch(named(name)).await.unwrap_err();
        assert_code(&error, Code::Unavailable);
        assert_eq!(error.message(), "health checks have been shut down");
    }
    assert!(serves(&health, "liveness").await);
    sleep(60 * SECOND).await;
    assert_eq!(database.runs(), before);
}

#[tokio::test(start_paused = true)]
async fn a_stream_does_not_keep_the_service_alive() {
    let database = Scripted::healthy();
    let health =
        Panopticon::empty().check("database", options(), database.check()).build().unwrap();
    let mut known = watch(&health, "database").await;
    let mut unknown = watch(&health, "mail").await;
    assert_eq!(next(&mut known).await, Some(Serving));
    assert_eq!(next(&mut unknown).await, Some(ServiceUnknown));
    drop(health);
    assert_eq!(next(&mut known).await, None);
    assert_eq!(next(&mut unknown).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_hangs_is_not_serving_once_it_has_timed_out() {
    let options = options().timeout(3 * SECOND);
    let health =
        Panopticon::empty().check("database", options, std::future::pending::<()>).build().unwrap();
    let start = Instant::now();
    let mut stream = watch(&health, "database").await;
    assert_eq!(next(&mut stream).await, Some(NotServing));
    assert!(start.elapsed().abs_diff(3 * SECOND) < SECOND / 2, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn background_checks_are_only_read() {
    let database = Scripted::healthy();
    let options = options().interval(10 * SECOND);
    let health = Panopticon::empty().check("database", options, database.check()).build().unwrap();
    let mut stream = watch(&health, "database").await;
    // Not checked yet.
    assert_eq!(next(&mut stream).await, Some(NotServing));
    assert_eq!(next(&mut stream).await, Some(Serving));
    let before = database.runs();
    advance(100 * SECOND).await;
    sleep(SECOND).await;
    assert!(database.runs() <= before + 12, "{}", database.runs());
    database.say(unhealthy());
    assert_eq!(next(&mut stream).await, Some(NotServing));
}

/// Such a service has no runtime for its async checks, and is asked by a server that has one.
#[test]
fn a_service_without_a_runtime_can_be_watched() {
    let database = Scripted::healthy();
    let health =
        Panopticon::empty().check("database", options(), database.check()).build().unwrap();
    let mut stream = block_on(watch(&health, "database"));
    assert_eq!(block_on(next(&mut stream)), Some(Serving));
    database.say(unhealthy());
    assert_eq!(block_on(next(&mut stream)), Some(NotServing));
    block_on(health.shutdown());
    assert_eq!(block_on(next(&mut stream)), None);
}
