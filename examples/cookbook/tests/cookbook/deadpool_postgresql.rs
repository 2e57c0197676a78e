use cookbook::deadpool_postgresql::connect;
use panopticon::Status;

use crate::report::Service;
use crate::sqlx_postgresql::start;

#[tokio::test]
#[ignore = "needs PostgreSQL; run with .ci/with-cookbook-servers"]
async fn a_lost_database_is_unhealthy_until_it_is_back() {
    let (mut server, url) = start();
    let service = Service::new(&["accounts"], |it| it.provide(connect(&url).unwrap()));
    let stopped = "Connection refused (os error 111)";
    service.lives_through("accounts", &mut server, &["no answer for 1.5s"], stopped).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL; run with .ci/with-cookbook-servers"]
async fn a_busy_database_is_degraded_until_it_has_not_answered_for_too_long() {
    let (server, url) = start();
    let pool = connect(&url).unwrap();
    let service = Service::new(&["accounts"], |it| it.provide(pool.clone()));
    // It may listen before it accepts connections.
    service.is_healthy("accounts").await;
    let mut held = Vec::new();
    for _ in 1..pool.status().max_size {
        held.push(pool.get().await.unwrap());
    }
    // Once more, so that little of the ten seconds has passed when all are in use.
    service.is_healthy("accounts").await;
    held.push(pool.get().await.unwrap());
    let busy = "all 5 connections in use for 1.5s";
    service.becomes("accounts", Status::Degraded, busy).await;
    // Requests now wait for the database, and hold their connections.
    server.pause();
    let hangs = "all 5 connections in use for 1.5s; the pulse of its answers: no beat for ";
    service.becomes("accounts", Status::Unhealthy, hangs).await;
    server.resume();
    drop(held);
    service.is_healthy("accounts").await;
}
