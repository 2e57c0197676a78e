//! The check as a future, and inside health checks.

use std::future::IntoFuture;
use std::pin::pin;
use std::time::Duration;

use panopticon::checks::url::check_url;
use panopticon::{CheckOptions, Panopticon, Status};

use super::server::{Server, assert_heard};
use super::{assert_healthy, assert_unhealthy};
use crate::without_a_runtime::block_on;

fn options() -> CheckOptions {
    // Far more than needed, for busy machines.
    CheckOptions::new().timeout(Duration::from_secs(60))
}

#[tokio::test]
async fn it_can_be_awaited() {
    let server = Server::with_status(200);
    assert_healthy(&check_url(server.url("/")).await);
    assert_unhealthy(&check_url("").await, "No URL specified to check.");
    let health = tokio::spawn(check_url(server.url("/")).into_future()).await.unwrap();
    assert_healthy(&health);
}

#[tokio::test]
async fn it_does_not_block_its_thread() {
    let (server, _gone) = Server::hanging();
    let mut check = pin!(check_url(server.url("/")).timeout(Duration::from_secs(60)).into_future());
    // It has sent its request and is waiting, while this thread continues.
    assert!(tokio::time::timeout(Duration::from_millis(1), &mut check).await.is_err());
    server.request_line();
}

#[tokio::test]
async fn it_works_in_health_checks() {
    let (healthy, failing) = (Server::with_status(200), Server::with_status(503));
    let (healthy_url, failing_url) = (healthy.url("/"), failing.url("/"));
    let health = Panopticon::empty()
        .check("async", options(), {
            let url = healthy_url.clone();
            move || check_url(url.clone()).into_future()
        })
        .check_blocking("blocking", options(), move || {
            check_url(healthy_url.clone()).check_blocking()
        })
        .check("failing", options(), move || {
            let url = failing_url.clone();
            async move { check_url(url).await }
        })
        .build()
        .unwrap();
    let report = health.report().await;
    for name in ["async", "blocking"] {
        let component = report.component(name).unwrap();
        assert_eq!(component.message(), Some("URL is available"));
        assert!(component.response_time() > Duration::ZERO);
    }
    let failing = report.component("failing").unwrap();
    assert_eq!(failing.status(), Status::Unhealthy);
    assert_eq!(failing.detail("status_code"), Some(&503.into()));
}

#[test]
fn it_can_be_awaited_on_any_executor() {
    let check = || check_url(Server::with_status(200).url("/")).into_future();
    assert_eq!(block_on(check()).status(), Status::Healthy);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let handle = runtime.handle().clone();
    drop(runtime);
    let _shut_down = handle.enter();
    assert_eq!(block_on(check()).status(), Status::Healthy);
}

#[tokio::test]
async fn dropping_it_ends_the_request() {
    let (server, gone) = Server::hanging();
    let check = check_url(server.url("/")).timeout(Duration::from_secs(24 * 3600));
    let running = tokio::spawn(check.into_future());
    let server = tokio::task::spawn_blocking(move || {
        server.request_line();
        server
    })
    .await
    .unwrap();
    running.abort();
    tokio::task::spawn_blocking(move || assert_heard(&gone)).await.unwrap();
    drop(server);
}

#[tokio::test]
async fn a_health_check_that_times_out_ends_the_request() {
    let (server, gone) = Server::hanging();
    let url = server.url("/");
    let health = Panopticon::empty()
        .check("hangs", CheckOptions::new().timeout(Duration::from_secs(1)), move || {
            check_url(url.clone()).timeout(Duration::from_secs(24 * 3600)).into_future()
        })
        .build()
        .unwrap();
    let report = health.report().await;
    assert_eq!(report.component("hangs").unwrap().message(), Some("timed out after 1s"));
    tokio::task::spawn_blocking(move || assert_heard(&gone)).await.unwrap();
}
