//! A report on slow checks, compared with the `axum-health` crate, which runs them one after
//! another:
//!
//! ```text
//! cargo bench -p panopticon --features axum --bench axum_health
//! ```

mod paired;
mod services;

use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use axum_health::prelude::{HealthDetail, HealthIndicator, health_check};
use http::Request;
use http_body_util::BodyExt;
use panopticon::{CheckOptions, Health};
use tokio::runtime::Runtime;
use tokio::time::sleep;
use tower_service::Service;

use crate::services::{COLD, built, in_task, names};

const TIME: Duration = Duration::from_millis(5);

struct Indicator(String);

#[async_trait]
impl HealthIndicator for Indicator {
    fn name(&self) -> String {
        self.0.clone()
    }

    async fn details(&self) -> HealthDetail {
        sleep(TIME).await;
        HealthDetail::up()
    }
}

fn main() {
    let runtime = Runtime::new().unwrap();

    paired::print_head();
    for count in [10, 100] {
        let health = built(&runtime, count, COLD, |builder, name| {
            builder.check(name, CheckOptions::new(), || async {
                sleep(TIME).await;
                Health::healthy("available")
            })
        });
        let ours = Router::new().merge(health.router());
        let builder = axum_health::prelude::Health::builder();
        let theirs = names(count)
            .iter()
            .fold(builder, |builder, name| builder.with_indicator(Indicator(name.to_string())))
            .build();
        let theirs = Router::new().route("/healthcheck", get(health_check)).layer(theirs);

        let what = format!("`axum-health`, {count} checks of 5 ms");
        let ours = in_task(&runtime, move || get_body(ours.clone()));
        let theirs = in_task(&runtime, move || get_body(theirs.clone()));
        paired::compare(&what, "ours", &format!("about {count}"), ours, theirs);
    }
}

async fn get_body(mut app: Router) -> Bytes {
    let request = Request::get("/healthcheck").body(Body::empty()).unwrap();
    let response = app.call(request).await.unwrap();
    assert!(response.status().is_success());
    response.into_body().collect().await.unwrap().to_bytes()
}
