//! The cost of an HTTP request, in process, compared with an axum handler that returns the same
//! bytes:
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
        let bytes = runtime.block_on(read_body(ours.clone()));
        let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
        let handler = move || async move { (headers, bytes) };
        let static_handler = Router::new().route("/healthcheck", get(handler));

        let what = format!("request for a cached report of {count}");
        let static_handler = in_task(&runtime, move || read_frames(static_handler.clone()));
        let ours = in_task(&runtime, move || read_frames(ours.clone()));
        paired::compare(&what, "axum handler with the same bytes", "≤ 1.5", static_handler, ours);
    }
}

async fn read_body(app: Router) -> Bytes {
    get_body(app).await.collect().await.unwrap().to_bytes()
}

/// Reads the body like a server, frame by frame and without copying.
async fn read_frames(app: Router) {
    let mut body = get_body(app).await;
    while let Some(frame) = body.frame().await {
        black_box(frame.unwrap());
    }
}

async fn get_body(mut app: Router) -> Body {
    let request = Request::get("/healthcheck").body(Body::empty()).unwrap();
    app.call(request).await.unwrap().into_body()
}
