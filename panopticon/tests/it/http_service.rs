//! The report over HTTP, as a `tower` service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use panopticon::{Builder, CheckOptions, Component, Health, Panopticon, Report};
use serde_json::{Value, json};
use tower_service::Service;

fn options() -> CheckOptions {
    CheckOptions::new()
}

fn healthy() -> Builder {
    Panopticon::empty()
        .check("database", options(), || async { Health::healthy("available") })
        .check("queue", options().critical(false), || async { Health::degraded("slow") })
}

fn unhealthy() -> Builder {
    healthy().check("disk", options(), || async { Health::unhealthy("full") })
}

async fn ask(builder: Builder, method: Method, uri: &str) -> (Response<()>, String) {
    // The service must not need the body, which cannot be read here.
    let request = Request::builder().method(method).uri(uri).body(()).unwrap();
    let mut service = builder.build().unwrap().http_service();
    let (parts, body) = service.call(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(parts, ()), String::from_utf8(body.to_vec()).unwrap())
}

async fn get(builder: Builder, uri: &str) -> (StatusCode, Value) {
    let (response, body) = ask(builder, Method::GET, uri).await;
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["content-length"], body.len().to_string());
    (response.status(), serde_json::from_str(&body).unwrap())
}

#[tokio::test]
async fn the_report_is_served_with_and_without_a_slash() {
    for uri in ["/healthcheck", "/healthcheck/", "http://host/healthcheck?from=probe"] {
        let (status, body) = get(healthy(), uri).await;
        assert_eq!(status, StatusCode::OK, "degraded is served");
        let report: Report = serde_json::from_value(body).unwrap();
        assert_eq!(
            report.to_string(),
            "service degraded: database healthy (available), queue degraded (slow)"
        );
    }
    let (status, body) = get(unhealthy(), "/healthcheck").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body["service_healthy"], json!(false));
}

#[tokio::test]
async fn an_unhealthy_report_can_be_answered_with_500_as_by_python_panopticon() {
    let (status, _) = get(unhealthy().unhealthy_status(500), "/healthcheck/").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    let (status, _) = get(healthy().unhealthy_status(500), "/healthcheck/").await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_component_has_a_path_of_its_own() {
    for uri in ["/healthcheck/disk", "/healthcheck/disk/"] {
        let (status, body) = get(unhealthy(), uri).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        let component: Component = serde_json::from_value(body).unwrap();
        assert_eq!(component.message(), Some("full"));
    }
    let (status, _) = get(unhealthy(), "/healthcheck/database").await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = get(unhealthy(), "/healthcheck/queue").await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_for_a_component_runs_only_its_check() {
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let builder = healthy().check("counted", options(), move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async {}
    });
    get(builder, "/healthcheck/database").await;
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn unknown_components_and_paths_are_404() {
    let (status, body) = get(healthy(), "/healthcheck/cache").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(
        body,
        json!({
            "error": "no component is named \"cache\"; known components: database, queue",
            "components": ["database", "queue"],
        })
    );
    for uri in [
        "/",
        "/health",
        "/healthchecks",
        "/healthcheck/database/more",
        "/healthcheck//",
        "/healthcheck/a//",
    ] {
        let (status, body) = get(healthy(), uri).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{uri}");
        assert!(body["error"].is_string(), "{uri}");
    }
}

#[tokio::test]
async fn other_methods_are_405() {
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        for uri in ["/healthcheck", "/healthcheck/database"] {
            let (response, body) = ask(healthy(), method.clone(), uri).await;
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(response.headers()["allow"], "GET, HEAD");
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(
                body,
                json!({"error": format!("{method} is not supported; use GET or HEAD")})
            );
        }
    }
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    for uri in ["/healthcheck", "/healthcheck/disk", "/healthcheck/cache"] {
        let (of_get, body) = ask(unhealthy(), Method::GET, uri).await;
        let (of_head, no_body) = ask(unhealthy(), Method::HEAD, uri).await;
        assert_eq!(of_head.status(), of_get.status());
        assert!(!body.is_empty());
        assert_eq!(no_body, "");
        assert_ne!(of_head.headers()["content-length"], "0");
    }
}

#[tokio::test]
async fn pretty_indents_the_json() {
    for uri in
        ["/healthcheck?pretty", "/healthcheck/?a=b&pretty=true", "/healthcheck/database?pretty=1"]
    {
        let (_, body) = ask(healthy(), Method::GET, uri).await;
        assert!(body.starts_with("{\n  \""), "{uri}: {body}");
    }
    for uri in
        ["/healthcheck", "/healthcheck?pretty=false", "/healthcheck?prettyprint", "/healthcheck?"]
    {
        let (_, body) = ask(healthy(), Method::GET, uri).await;
        assert!(!body.contains('\n'), "{uri}: {body}");
    }
    let (status, body) = get(healthy(), "/healthcheck?pretty=very").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        body,
        json!({"error": "`pretty` must not be \"very\"; write `?pretty` or leave it out"})
    );
}

#[tokio::test]
async fn a_short_response_time_is_written_without_an_exponent() {
    let quick = || {
        Panopticon::empty().check("quick", options(), || async {
            Health::healthy("").response_time(Duration::from_nanos(234))
        })
    };
    for path in ["/healthcheck", "/healthcheck/quick"] {
        let (_, body) = ask(quick(), Method::GET, path).await;
        assert!(body.contains(r#""response_time":0.000000234,"#), "{body}");
        let (_, body) = ask(quick(), Method::GET, &format!("{path}?pretty")).await;
        assert!(body.contains("\"response_time\": 0.000000234,\n"), "{body}");
    }
}

#[tokio::test]
async fn the_path_can_be_configured() {
    for path in ["/internal/health", "/internal/health/"] {
        assert_eq!(healthy().path(path).build().unwrap().path(), "/internal/health");
        let (status, _) = get(healthy().path(path), "/internal/health").await;
        assert_eq!(status, StatusCode::OK);
        let (status, _) = get(healthy().path(path), "/internal/health/database").await;
        assert_eq!(status, StatusCode::OK);
        let (status, body) = get(healthy().path(path), "/healthcheck").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(body, json!({"error": "the health report is at /internal/health"}));
    }
}
