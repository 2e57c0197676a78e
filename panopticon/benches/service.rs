//! The cost of an HTTP request, in process, compared with an axum handler that returns the same
//! bytes:
//!
//! ```text
//! cargo bench -p panopticon --features axum --bench service
//! ```

mod paired;
mod services;

use std::hint::black_box;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use http::Request;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
#[cfg(feature = "page")]
use http::header::{ETAG, IF_NONE_MATCH};
use http_body_util::BodyExt;
#[cfg(feature = "page")]
use panopticon::History;
#[cfg(feature = "prometheus")]
use panopticon::{CheckOptions, Health};
use tokio::runtime::{Builder, Runtime};
use tower_service::Service;

use crate::services::{CACHED, COLD, in_task, service};

fn main() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();

    paired::print_head();
    for count in [1, 10, 100, 1_000] {
        let health = service(&runtime, count, CACHED);
        let ours = Router::new().merge(health.router());
        let bytes = runtime.block_on(read_body(ours.clone()));
        let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
        let handler = move || async move { (headers, bytes) };
        let static_handler = Router::new().route("/healthcheck", get(handler));

        let what = format!("request for a cached report of {count}");
        let static_handler = in_task(&runtime, move || read_frames(static_handler.clone()));
        let ours = in_task(&runtime, move || read_frames(ours.clone()));
        paired::compare(&what, "axum handler with the same bytes", "≤ 1.5", static_handler, ours);
    }
    for (cache, what) in [(CACHED, "cached"), (COLD, "cold")] {
        other_format(&runtime, cache, "health+json", what, "/healthcheck?format=health%2Bjson");
    }
    #[cfg(feature = "page")]
    pages();
    #[cfg(feature = "prometheus")]
    other_format(&runtime, CACHED, "metrics", "cached", "/healthcheck/metrics");
    #[cfg(feature = "prometheus")]
    scrape_after_a_run(&runtime);
}

/// Compares a format with JSON, for 100 components.
fn other_format(
    runtime: &Runtime,
    cache: Duration,
    format: &str,
    cached: &str,
    target: &'static str,
) {
    let router = Router::new().merge(service(runtime, 100, cache).router());
    let json = router.clone();
    let json = in_task(runtime, move || read_frames_of(json.clone(), "/healthcheck"));
    let other = in_task(runtime, move || read_frames_of(router.clone(), target));
    let what = format!("request for {format} of 100, {cached}");
    paired::compare(&what, "the same as JSON", "≤ 2", json, other);
}

/// Compares the page with JSON, for 100 components with full histories: of cached results, and after
/// all checks have run, which is what a browser that polls gets.
#[cfg(feature = "page")]
fn pages() {
    // The histories of cached results are filled by letting them become too old.
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    for (cache, what) in [(CACHED, "cached"), (COLD, "cold")] {
        let router = Router::new().merge(service(&runtime, 100, cache).router());
        runtime.block_on(async {
            for _ in 0..History::MAX_RESULTS {
                read_frames(router.clone()).await;
                tokio::time::advance(cache).await;
            }
        });
        let json = router.clone();
        let json = in_task(&runtime, move || read_frames(json.clone()));
        let page =
            in_task(&runtime, move || read_frames_of(router.clone(), "/healthcheck?format=html"));
        let what = format!("request for the page of 100, {what}");
        paired::compare(&what, "the same as JSON", "≤ 3", json, page);
    }
    poll_without_news(&runtime);
}

/// Compares the request of a browser that already has the page, on which nothing has changed, with
/// JSON.
#[cfg(feature = "page")]
fn poll_without_news(runtime: &Runtime) {
    const PAGE: &str = "/healthcheck?format=html";

    let router = Router::new().merge(service(runtime, 100, CACHED).router());
    let known = runtime.block_on(async {
        read_frames(router.clone()).await;
        let request = Request::get(PAGE).body(Body::empty()).unwrap();
        router.clone().call(request).await.unwrap().headers()[ETAG].clone()
    });
    let json = router.clone();
    let json = in_task(runtime, move || read_frames(json.clone()));
    let poll = in_task(runtime, move || {
        let (mut router, known) = (router.clone(), known.clone());
        async move {
            let request = Request::get(PAGE).header(IF_NONE_MATCH, known);
            let response = router.call(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(response.status(), 304);
        }
    });
    paired::compare("poll of the page of 100, nothing new", "cached JSON", "≤ 3", json, poll);
}

/// Compares a report and a scrape, after one check has run, with two such reports: both write all 100
/// components again.
#[cfg(feature = "prometheus")]
fn scrape_after_a_run(runtime: &Runtime) {
    let health = services::built(runtime, 100, CACHED, |builder, name| {
        let cache = if name == "check_00000" { COLD } else { CACHED };
        builder.check(name, CheckOptions::new().cache(cache), || async {
            Health::healthy("available")
        })
    });
    let router = Router::new().merge(health.router());
    let json = router.clone();
    let json = in_task(runtime, move || {
        let router = json.clone();
        async move {
            read_frames_of(router.clone(), "/healthcheck").await;
            read_frames_of(router, "/healthcheck").await;
        }
    });
    let scrape = in_task(runtime, move || {
        let router = router.clone();
        async move {
            read_frames_of(router.clone(), "/healthcheck").await;
            read_frames_of(router, "/healthcheck/metrics").await;
        }
    });
    let what = "report and scrape of 100, one check run";
    paired::compare(what, "two such reports", "≤ 2", json, scrape);
}

async fn read_body(app: Router) -> Bytes {
    get_body(app, "/healthcheck").await.collect().await.unwrap().to_bytes()
}

async fn read_frames(app: Router) {
    read_frames_of(app, "/healthcheck").await;
}

/// Reads the body like a server, frame by frame and without copying.
async fn read_frames_of(app: Router, target: &'static str) {
    let mut body = get_body(app, target).await;
    while let Some(frame) = body.frame().await {
        black_box(frame.unwrap());
    }
}

async fn get_body(mut app: Router, target: &'static str) -> Body {
    let request = Request::get(target).body(Body::empty()).unwrap();
    app.call(request).await.unwrap().into_body()
}
