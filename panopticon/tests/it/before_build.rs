//! Services and routers that are created before `build()`.

use std::sync::Arc;

use panopticon::{
    Builder, CheckOptions, Health, HealthRequest, HealthService, Panopticon, ProblemKind,
};
use serde_json::Value;

use crate::schemas;

fn builder() -> Builder {
    Panopticon::empty().check("database", CheckOptions::new(), || async { Health::unhealthy("") })
}

async fn ask(service: &HealthService, target: &str) -> (u16, Value) {
    let answer = service.answer(HealthRequest::get(target)).await;
    let (status, body) = (answer.status(), answer.into_body());
    schemas::assert_answer_valid(status, "application/json", &body);
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn until_build_everything_but_liveness_is_503() {
    let mut builder = builder();
    let service = builder.http_service();
    for below in ["", "/", "/readiness", "/startup", "/database", "/unknown", "?collection=a"] {
        let (status, body) = ask(&service, &format!("/healthcheck{below}")).await;
        assert_eq!(status, 503, "{below}");
        let error = "nothing is checked, because `build()` has not succeeded yet";
        assert_eq!(body, serde_json::json!({"error": error}), "{below}");
    }
    let (status, body) = ask(&service, "/healthcheck/liveness").await;
    assert_eq!(status, 200);
    let report: panopticon::Report = serde_json::from_value(body).unwrap();
    assert_eq!(report.components().len(), 0);
    assert_eq!(ask(&service, "/other").await.0, 404);
    assert_eq!(ask(&service, "/healthcheck?pretty=very").await.0, 400);
    assert_eq!(service.answer(HealthRequest::new("POST", "/healthcheck")).await.status(), 405);
    assert_eq!(service.answer(HealthRequest::new("OPTIONS", "/healthcheck")).await.status(), 503);
}

#[tokio::test]
async fn after_build_the_answers_are_those_of_the_handle() {
    let mut builder = builder();
    let (service, nested) = (builder.http_service(), builder.http_service().nested());
    let clone = service.clone();
    let health = builder.build().unwrap();
    for (service, path) in [(&service, "/healthcheck"), (&clone, "/healthcheck"), (&nested, "")] {
        assert_eq!(ask(service, &format!("{path}/database")).await.0, 503);
        assert_eq!(ask(service, &format!("{path}/unknown")).await.0, 404);
        assert_eq!(ask(service, &format!("{path}/liveness")).await.0, 200);
    }
    health.drain();
    assert_eq!(ask(&service, "/healthcheck").await.1["draining"], Value::Bool(true));
}

#[tokio::test]
async fn a_failed_build_is_never_healthy() {
    let mut builder = builder().timeout(std::time::Duration::ZERO);
    let service = builder.http_service();
    builder.build().unwrap_err();
    assert_eq!(ask(&service, "/healthcheck/readiness").await.0, 503);
    assert_eq!(ask(&service, "/healthcheck/liveness").await.0, 200);
}

#[test]
fn the_path_is_set_before() {
    let mut early = builder().path("/health/");
    early.http_service();
    let health = early.path("/health").build().unwrap();
    assert_eq!(health.path(), "/health");

    let mut late = builder();
    late.http_service();
    let error = late.path("/health").build().unwrap_err();
    assert_eq!(error.problems().len(), 1);
    assert_eq!(error.problems()[0].kind(), ProblemKind::InvalidSetting);
    assert_eq!(
        error.problems()[0].to_string(),
        "the builder's `path` must not change after `router` or `http_service`, which serve the \
         report at /healthcheck, but is now /health; set it first"
    );

    // An invalid path is one problem, not two, and does not make axum panic.
    let mut invalid = builder().path("health/{");
    invalid.http_service();
    #[cfg(feature = "axum")]
    let _: axum::Router = invalid.router();
    let error = invalid.build().unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
}

/// Neither keeps the other alive needlessly.
#[tokio::test]
async fn the_checks_live_as_long_as_a_handle_or_a_service() {
    let resource = Arc::new(());
    let held = Arc::clone(&resource);
    let options = CheckOptions::new();
    let mut builder = Panopticon::empty().check("holds", options, move || {
        let _ = &held;
        async {}
    });
    let service = builder.http_service();
    let health = builder.build().unwrap();
    drop(health);
    assert_eq!(ask(&service, "/healthcheck").await.0, 200);
    assert_eq!(Arc::strong_count(&resource), 2);
    drop(service);
    assert_eq!(Arc::strong_count(&resource), 1);
}
