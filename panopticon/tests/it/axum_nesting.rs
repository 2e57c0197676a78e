//! Every way to mount the report in axum, requested through a socket.

use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::routing::{any, get};
use panopticon::{CheckOptions, Health, HealthRequest, Panopticon};
use serde_json::Value;
use tower::Layer;
use tower_service::Service;

use crate::axum_router;
use crate::own_process::ignored_test;

fn health() -> Panopticon {
    at("/healthcheck")
}

/// A service with a component named like the last segment of the path.
fn at(path: &str) -> Panopticon {
    Panopticon::empty()
        .path(path)
        .check("database", CheckOptions::new(), || async { Health::unhealthy("no answer") })
        .check("healthcheck", CheckOptions::new(), || async { Health::healthy("a component") })
        .build()
        .unwrap()
}

async fn ask(app: &Router, path: &str) -> (StatusCode, Value) {
    let (head, body) = axum_router::ask(app.clone(), &format!("GET {path}")).await.unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(&body).unwrap_or_default())
}

/// Requests everything that is served at and below this path.
async fn assert_served(app: &Router, at: &str) {
    for (below, status) in [
        ("", 503),
        ("/", 503),
        ("?pretty", 503),
        ("/?pretty", 503),
        ("/liveness", 200),
        ("/readiness", 503),
        ("/readiness/", 503),
        ("/startup?pretty", 200),
    ] {
        let (answered, body) = ask(app, &format!("{at}{below}")).await;
        assert_eq!(answered, status, "{at}{below}: {body}");
        assert!(body["components"].is_object(), "{at}{below}: {body}");
    }
    for (below, status, message) in [
        ("/database", 503, "no answer"),
        ("/database/", 503, "no answer"),
        ("/healthcheck", 200, "a component"),
    ] {
        let (answered, body) = ask(app, &format!("{at}{below}")).await;
        assert_eq!(answered, status, "{at}{below}: {body}");
        assert_eq!(body["friendly_status"], message, "{at}{below}: {body}");
    }
    let (answered, body) = ask(app, &format!("{at}/unknown")).await;
    assert_eq!(answered, StatusCode::NOT_FOUND);
    assert!(body["components"].is_array(), "{at}/unknown: {body}");
}

#[tokio::test]
async fn the_router_is_merged_or_nested() {
    assert_served(&Router::new().merge(health().router()), "/healthcheck").await;
    for prefix in ["/internal", "/healthcheck", "/a/healthcheck", "/{tenant}"] {
        let app = Router::new().nest(prefix, health().router());
        let at = format!("{}/healthcheck", prefix.replace("{tenant}", "acme"));
        assert_served(&app, &at).await;
    }
    let app = Router::new().nest("/a", Router::new().nest("/b", health().router()));
    assert_served(&app, "/a/b/healthcheck").await;
}

#[tokio::test]
async fn the_service_is_nested_at_the_reports_path() {
    let service = || health().http_service();
    let app = Router::new().nest_service("/healthcheck", service());
    assert_served(&app, "/healthcheck").await;
    let app = Router::new().nest_service("/internal/healthcheck", service());
    assert_served(&app, "/internal/healthcheck").await;
    let app =
        Router::new().nest("/internal", Router::new().nest_service("/healthcheck", service()));
    assert_served(&app, "/internal/healthcheck").await;
    let app = Router::new().nest_service("/{tenant}/healthcheck", service());
    assert_served(&app, "/acme/healthcheck").await;
    let app = Router::new().nest_service("/ops/health", at("/ops/health").http_service());
    assert_served(&app, "/ops/health").await;
}

#[tokio::test]
async fn the_service_is_nested_below_a_prefix() {
    let app = Router::new().nest_service("/internal", health().http_service());
    assert_served(&app, "/internal/healthcheck").await;
    let app =
        Router::new().nest("/internal", Router::new().fallback_service(health().http_service()));
    assert_served(&app, "/internal/healthcheck").await;
}

#[tokio::test]
async fn a_nested_service_is_anywhere() {
    for prefix in ["/healthcheck", "/health", "/internal/status"] {
        let app = Router::new().nest_service(prefix, health().http_service().nested());
        assert_served(&app, prefix).await;
    }
}

#[tokio::test]
async fn the_service_is_routed_or_the_fallback() {
    let service = health().http_service();
    let app = Router::new()
        .route_service("/healthcheck", service.clone())
        .route_service("/healthcheck/", service.clone())
        .route_service("/healthcheck/{*rest}", service.clone());
    assert_served(&app, "/healthcheck").await;

    let app = Router::new().route("/own", get(|| async { "\"own\"" })).fallback_service(service);
    assert_served(&app, "/healthcheck").await;
    assert_eq!(ask(&app, "/own").await.1, "own");
    for path in ["/", "/database", "/liveness", "/other/healthcheck", "/other/healthcheck/database"]
    {
        let (status, body) = ask(&app, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(body["components"].is_null(), "{path}: {body}");
    }
}

#[tokio::test]
async fn a_service_at_another_path_says_what_to_do() {
    let app = Router::new().nest_service("/health", health().http_service());
    for (path, seen) in [("/health", "/"), ("/health/readiness", "/readiness")] {
        let (status, body) = ask(&app, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(
            body["error"],
            format!(
                "the health report is at /healthcheck, not at {seen:?}; to move it, set \
                 `PANOPTICON_PATH` or `Builder::path`; if a router has stripped a prefix from the \
                 path, serve `http_service().nested()`"
            )
        );
    }
    let app = Router::new().nest_service("/healthcheck", health().http_service());
    let (status, body) = ask(&app, "/healthcheck/a/b").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let error = body["error"].as_str().unwrap();
    assert!(error.starts_with("the health report is at the path that this service is nested at"));
}

/// The guide's old liveness URL, with the report where the environment says.
#[tokio::test]
#[ignore = "a part of the test below"]
async fn answers_an_old_liveness_url() {
    let health = Panopticon::empty()
        .check("database", CheckOptions::new(), || async { Health::unhealthy("no answer") })
        .build()
        .unwrap();
    assert_eq!(health.path(), "/ops/status");
    let mut liveness = health.http_service().nested();
    let alive = move |mut request: Request| {
        *request.uri_mut() = Uri::from_static("/liveness");
        liveness.call(request)
    };
    let app = Router::new().route("/alive", any(alive)).merge(health.router());
    for (path, status) in [("/alive", 200), ("/ops/status", 503), ("/healthcheck/liveness", 404)] {
        assert_eq!(ask(&app, path).await.0, status, "{path}");
    }
    let path = format!("{}/liveness", health.path());
    assert_eq!(health.answer(HealthRequest::get(&path)).await.status(), 200);
}

/// A setting that moves the report must not make Kubernetes restart every replica.
#[test]
fn an_old_liveness_url_is_answered_wherever_the_report_is() {
    let output = ignored_test("axum_nesting::answers_an_old_liveness_url")
        .env("PANOPTICON_PATH", "/ops/status")
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && shown.contains("1 passed"), "{shown}");
}

/// An alias of an old URL, for which the path that the client sent does not matter.
#[tokio::test]
async fn a_rewritten_path_is_the_one_that_counts() {
    async fn alias(mut request: Request, next: Next) -> axum::response::Response {
        if request.uri().path() == "/healthcheck/database" {
            let original = OriginalUri(request.uri().clone());
            request.extensions_mut().insert(original);
            *request.uri_mut() = "/healthcheck/liveness".parse().unwrap();
        }
        next.run(request).await
    }

    for app in [
        Router::new().fallback_service(health().http_service()),
        Router::new().merge(health().router()),
    ] {
        let app = Router::new().fallback_service(from_fn(alias).layer(app));
        let (status, body) = ask(&app, "/healthcheck/database").await;
        assert_eq!(status, StatusCode::OK);
        assert!(body["components"].is_object());
    }
}
