//! What an HTTP request costs, in process, beside an axum handler that returns the same bytes:
//!
//! ```text
//! cargo bench -p panopticon --features axum --bench service
//! ```

mod paired;
mod services;

use std::hint::black_box;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use http::Request;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http_body_util::BodyExt;
use tokio::runtime::Builder;
use tower_service::Service;

use crate::services::{CACHED, in_task, service};

fn main() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();

    paired::print_head();
    for count in [1, 10, 100, 1_000] {
        let health = service(&runtime, count, CACHED);
        let ours = Router::new().merge(health.router());
        let bytes = runtime.block_on(whole(ours.clone()));
        let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
        let handler = move || async move { (headers, bytes) };
        let fixed = Router::new().route("/healthcheck", get(handler));

        let what = format!("request for a cached report of {count}");
        let fixed = in_task(&runtime, move || answer(fixed.clone()));
        let ours = in_task(&runtime, move || answer(ours.clone()));
        paired::compare(&what, "axum handler with the same bytes", "≤ 1.5", fixed, ours);
    }
}

async fn whole(app: Router) -> Bytes {
    body(app).await.collect().await.unwrap().to_bytes()
}

/// As a server takes it: frame by frame, to be written without being copied.
async fn answer(app: Router) {
    let mut body = body(app).await;
    while let Some(frame) = body.frame().await {
        black_box(frame.unwrap());
    }
}

async fn body(mut app: Router) -> Body {
    let request = Request::get("/healthcheck").body(Body::empty()).unwrap();
    app.call(request).await.unwrap().into_body()
}
