//! Busy is not down.

use std::convert::Infallible;
use std::future::{IntoFuture, pending, ready};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use panopticon::checks::{Pool, Pulse, ping};
use panopticon::{CheckOptions, Health, Panopticon, Status};
use tokio::sync::Semaphore;
use tokio::time::{Instant, advance, sleep};

use crate::scripted::OnDrop;

const SECOND: Duration = Duration::from_secs(1);

#[track_caller]
fn assert_health(health: &Health, status: Status, message: &str) {
    assert_eq!((health.status(), health.message()), (status, Some(message)));
}

fn refused() -> io::Error {
    io::ErrorKind::ConnectionRefused.into()
}

fn never() -> impl Future<Output = Result<(), io::Error>> {
    pending()
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_healthy_and_an_error_is_not() {
    let health = ping(ready(Ok::<_, io::Error>("rows"))).await;
    assert_health(&health, Status::Healthy, "answers");
    assert_eq!(health.detail("connections_max"), None);
    let health = ping(ready(Err::<(), _>(refused()))).await;
    assert_health(&health, Status::Unhealthy, "connection refused");
    // Whatever a health check may return.
    let health = ping(ready(Err::<(), _>("no rows"))).await;
    assert_health(&health, Status::Unhealthy, "no rows");
    let boxed: Box<dyn std::error::Error + Send + Sync> = "no rows".into();
    assert_health(&ping(ready(Err::<(), _>(boxed))).await, Status::Unhealthy, "no rows");
    let health = ping(ready(Err::<(), _>(Health::degraded("read only")))).await;
    assert_health(&health, Status::Degraded, "read only");
}

#[tokio::test(start_paused = true)]
async fn no_answer_is_unhealthy_after_the_time_limit() {
    let start = Instant::now();
    assert_health(&ping(never()).await, Status::Unhealthy, "no answer for 1.5s");
    assert_eq!(start.elapsed().as_millis(), 1_500);
    let health = ping(never()).timeout(30 * SECOND).await;
    assert_health(&health, Status::Unhealthy, "no answer for 30s");
}

#[tokio::test(start_paused = true)]
async fn a_pool_whose_connections_are_all_in_use_is_busy() {
    let health = ping(never()).pool(Pool::of(10, 10, 3)).timeout(2 * SECOND).await;
    assert_health(&health, Status::Degraded, "all 10 connections in use for 2s");
    for (key, value) in [("in_use", 10), ("max", 10), ("waiting", 3)] {
        assert_eq!(health.detail(&format!("connections_{key}")), Some(&value.into()));
    }
    let health = ping(never()).pool(|| Pool::of(2, 1, None)).await;
    assert_health(&health, Status::Degraded, "the only connection is in use for 1.5s");
    assert_eq!(health.detail("connections_waiting"), None);

    // It is not the load that keeps these from answering.
    for pool in [Pool::of(9, 10, 0), Pool::of(0, 10, 5), Pool::of(0, 0, 0)] {
        let health = ping(never()).pool(pool).await;
        assert_health(&health, Status::Unhealthy, "no answer for 1.5s");
    }
    // An exhausted pool that still answers is healthy, and one that has an error is not.
    let pool = Pool::of(10, 10, 0);
    let health = ping(ready(Ok::<_, Infallible>(()))).pool(pool).await;
    assert_health(&health, Status::Healthy, "answers");
    let health = ping(ready(Err::<(), _>(refused()))).pool(pool).await;
    assert_health(&health, Status::Unhealthy, "connection refused");
    assert_eq!(health.detail("connections_in_use"), Some(&10.into()));
}

#[tokio::test(start_paused = true)]
async fn a_ping_that_had_a_connection_was_not_kept_waiting_by_the_pool() {
    // It takes the last one itself, or one becomes free while it waits.
    for in_use in [[9, 10], [10, 9]] {
        let asked = AtomicUsize::new(0);
        let pool = || Pool::of(in_use[asked.fetch_add(1, Ordering::SeqCst)], 10, 0);
        let health = ping(never()).pool(pool).await;
        assert_health(&health, Status::Unhealthy, "no answer for 1.5s");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_pool_means_busy_only_while_it_is() {
    for (in_use, error, status, message) in [
        (10, "timed out", Status::Degraded, "all 10 connections in use"),
        (10, "closed", Status::Unhealthy, "closed"),
        (9, "timed out", Status::Unhealthy, "timed out"),
    ] {
        let health = ping(ready(Err::<(), _>(error)))
            .pool(Pool::of(in_use, 10, None))
            .busy_if(|error| *error == "timed out")
            .await;
        assert_health(&health, status, message);
    }
    // Without a pool, nothing is known about it.
    let health = ping(ready(Err::<(), _>("timed out"))).busy_if(|_| true).await;
    assert_health(&health, Status::Unhealthy, "timed out");
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_is_busy_for_too_long_is_down() {
    let answers = Pulse::new("1m");
    let busy = async || ping(never()).pool(Pool::of(10, 10, 3)).answers_within(&answers).await;
    assert_health(&busy().await, Status::Degraded, "all 10 connections in use for 1.5s");
    let health = ping(ready(Ok::<_, Infallible>(()))).answers_within(&answers).await;
    assert_eq!(health.status(), Status::Healthy);
    advance(50 * SECOND).await;
    assert_health(&busy().await, Status::Degraded, "all 10 connections in use for 1.5s");
    advance(10 * SECOND).await;
    let down = "all 10 connections in use for 1.5s; the pulse of its answers: no beat for 63s; \
                the limit is 60s";
    assert_health(&busy().await, Status::Unhealthy, down);
    let _ = ping(ready(Ok::<_, Infallible>(()))).answers_within(&answers).await;
    assert_health(&busy().await, Status::Degraded, "all 10 connections in use for 1.5s");
    // An error is not an answer.
    advance(60 * SECOND).await;
    let _ = ping(ready(Err::<(), _>(refused()))).answers_within(&answers).await;
    assert_eq!(busy().await.status(), Status::Unhealthy);
}

#[tokio::test(start_paused = true)]
async fn a_new_connection_tells_a_busy_dependency_from_one_that_is_down() {
    let busy = Pool::of(10, 10, 3);
    let start = Instant::now();
    for (connection, status, message) in [
        (Some(Ok(())), Status::Degraded, "all 10 connections in use for 1.5s"),
        (Some(Err(refused())), Status::Unhealthy, "connection refused"),
        (None, Status::Unhealthy, "no answer for 1.5s, nor a new connection"),
        (
            Some(Err(io::ErrorKind::QuotaExceeded.into())),
            Status::Degraded,
            "all 10 connections in use for 1.5s",
        ),
    ] {
        let connect = async {
            match connection {
                Some(connection) => connection,
                None => never().await,
            }
        };
        let is_busy = |error: &io::Error| error.kind() == io::ErrorKind::QuotaExceeded;
        let health = ping(never()).pool(busy).busy_if(is_busy).connect(connect).await;
        assert_health(&health, status, message);
        assert_eq!(health.detail("connections_waiting"), Some(&3.into()));
    }
    assert_eq!(start.elapsed().as_millis(), 4 * 1_500, "it is within the time limit");

    // Without load, it tells only why.
    let health = ping(never()).pool(Pool::of(9, 10, 0)).connect(ready(Ok(()))).await;
    assert_health(&health, Status::Unhealthy, "no answer for 1.5s");
    let health = ping(never()).connect(ready(Err::<(), _>(refused()))).await;
    assert_health(&health, Status::Unhealthy, "connection refused");
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_opened_only_if_the_answer_is_late_or_says_nothing() {
    let opened = AtomicUsize::new(0);
    let pinged = async |after: u64, answer: Result<(), &'static str>| {
        let start = Instant::now();
        let health = ping(async {
            sleep(Duration::from_millis(after)).await;
            answer
        })
        .pool(Pool::of(1, 1, None))
        .busy_if(|error| *error == "pool timed out")
        .connect(async {
            opened.fetch_add(1, Ordering::SeqCst);
            sleep(Duration::from_millis(100)).await;
            Err::<(), _>("refused")
        })
        .await;
        let message = health.message().unwrap().to_owned();
        (message, start.elapsed().as_millis(), opened.swap(0, Ordering::SeqCst))
    };
    assert_eq!(pinged(740, Ok(())).await, ("answers".to_owned(), 740, 0));
    assert_eq!(pinged(740, Err("wrong password")).await, ("wrong password".to_owned(), 740, 0));
    assert_eq!(pinged(740, Err("pool timed out")).await, ("refused".to_owned(), 840, 1));
    // It is late, but it counts.
    assert_eq!(pinged(1_200, Ok(())).await, ("answers".to_owned(), 1_200, 1));
    assert_eq!(pinged(1_200, Err("closed")).await, ("closed".to_owned(), 1_200, 1));
    assert_eq!(pinged(1_200, Err("pool timed out")).await, ("refused".to_owned(), 1_200, 1));
    assert_eq!(pinged(2_000, Ok(())).await, ("refused".to_owned(), 1_500, 1));
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_that_is_none_is_a_mistake() {
    for (timeout, shown) in [(Duration::ZERO, "0ns"), (721 * 3_600 * SECOND, "2595600s")] {
        let health = ping(ready(Ok::<_, Infallible>(()))).timeout(timeout).await;
        let message = format!(
            "not pinged: the timeout must be a duration of more than zero, at most 30 days, not \
             {shown}"
        );
        assert_health(&health, Status::Unhealthy, &message);
    }
}

#[tokio::test(start_paused = true)]
async fn the_future_is_dropped_when_the_time_is_over() {
    let is_dropped = Arc::new(AtomicBool::new(false));
    let connection = OnDrop(Arc::clone(&is_dropped));
    let health = ping(async move {
        let _connection = connection;
        never().await
    });
    assert_eq!(health.await.status(), Status::Unhealthy);
    assert!(is_dropped.load(Ordering::SeqCst));
}

/// A pool like those of services, which serves callers in the order in which they wait.
#[tokio::test(start_paused = true)]
async fn a_service_under_load_stays_in_rotation() {
    const MAX: usize = 2;
    static POOL: Semaphore = Semaphore::const_new(MAX);

    let health = Panopticon::empty()
        .check("database", CheckOptions::new(), || {
            let query = async { POOL.acquire().await.map(drop) };
            ping(query).pool(|| Pool::of(MAX - POOL.available_permits(), MAX, None)).into_future()
        })
        .build()
        .unwrap();
    let database = async || {
        sleep(2 * SECOND).await;
        health.report().await.to_string()
    };
    assert_eq!(database().await, "service healthy: database healthy (answers)");
    let slow = POOL.acquire_many(2).await.unwrap();
    assert_eq!(
        database().await,
        "service degraded: database degraded (all 2 connections in use for 1.5s)"
    );
    drop(slow);
    assert_eq!(database().await, "service healthy: database healthy (answers)");
}

#[test]
fn it_needs_no_runtime_with_timers() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let health = ping(never()).timeout(Duration::from_millis(1)).into_future();
    assert_health(&runtime.block_on(health), Status::Unhealthy, "no answer for 1ms");
    let health = ping(never()).timeout(Duration::from_millis(1)).into_future();
    let health = crate::without_a_runtime::block_on(health);
    assert_health(&health, Status::Unhealthy, "no answer for 1ms");
}
