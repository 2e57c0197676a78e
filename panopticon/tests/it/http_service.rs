//! The report over HTTP, as a `tower` service.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use panopticon::{Builder, CheckOptions, Component, Health, Panopticon, Report};
use serde_json::{Value, json};
use tower_service::Service;

use crate::schemas;

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
    schemas::assert_response_valid(&parts, &body);
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
            "error": "no component is named \"cache\"; known components: database, queue; known \
                      probes: liveness, readiness, startup",
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
async fn a_misspelt_component_or_probe_is_404_with_the_name_that_was_meant() {
    let components = "known components: database, queue";
    let probes = "known probes: liveness, readiness, startup";
    for (name, remedy) in [
        ("databse", format!("did you mean `database`? {components}; {probes}")),
        ("livness", format!("{components}; did you mean `liveness`? {probes}")),
        ("Readiness", format!("{components}; did you mean `readiness`? {probes}")),
        ("start-up", format!("{components}; did you mean `startup`? {probes}")),
        ("live", format!("{components}; {probes}")),
        ("ready", format!("{components}; {probes}")),
    ] {
        let (status, body) = get(healthy(), &format!("/healthcheck/{name}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(body["error"], format!("no component is named {name:?}; {remedy}"));
        assert_eq!(body["components"], json!(["database", "queue"]));
    }
    let billed = || healthy().check("bills", options().collection("billing"), || async {});
    let (status, body) = get(billed(), "/healthcheck?collection=biling").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(
        body,
        json!({
            "error": "no component is in a collection named \"biling\"; did you mean `billing`? \
                      known collections: billing",
            "collections": ["billing"],
        })
    );
}

#[tokio::test]
async fn a_path_that_is_not_the_reports_is_404_with_what_to_set() {
    let elsewhere = "to move it, set `PANOPTICON_PATH` or `Builder::path`; if a router has \
                     stripped a prefix from the path, serve `http_service().nested()`";
    for path in ["/", "/status", "/health", "/healthchecks", "/internal/healthchecks/database"] {
        let (status, body) = get(healthy(), path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let expected =
            format!("the health report is at /healthcheck, not at {path:?}; {elsewhere}");
        assert_eq!(body["error"], expected);
    }
    for (path, prefix) in [
        ("/internal/healthcheck", "/internal"),
        ("/internal/healthcheck/", "/internal"),
        ("/a/b/healthcheck/database", "/a/b"),
        ("/internal/healthchecks/healthcheck/liveness", "/internal/healthchecks"),
    ] {
        let (status, body) = get(healthy(), path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let set = format!("{prefix}/healthcheck");
        let expected = format!(
            "the health report is at /healthcheck, not at {path:?}; to serve it after the prefix \
             {prefix:?}, set `PANOPTICON_PATH` or `Builder::path` to {set:?}"
        );
        assert_eq!(body["error"], expected);
        // What the answer says to do helps.
        let (status, _) = get(healthy().path(set), path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
    }
    let (status, body) = get(healthy(), "/healthcheck/database/more").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let further = "the health report is at /healthcheck, and its probes and components are one \
                   segment below that, but \"/healthcheck/database/more\" is further below";
    assert_eq!(body["error"], further);
}

#[tokio::test]
async fn other_methods_are_405() {
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::TRACE] {
        for uri in ["/healthcheck", "/healthcheck/database"] {
            let (response, body) = ask(healthy(), method.clone(), uri).await;
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(response.headers()["allow"], "GET, HEAD, OPTIONS");
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(
                body,
                json!({"error": format!("{method} is not supported; use GET, HEAD or OPTIONS")})
            );
        }
    }
}

/// HAProxy's `option httpchk` sends it, and treats every 2xx as healthy.
#[tokio::test]
async fn options_lists_the_methods_and_is_answered_as_get_without_a_report() {
    for (builder, uri, expected) in [
        (healthy(), "/healthcheck", 204),
        (healthy(), "/healthcheck/liveness", 204),
        (healthy(), "/healthcheck/database?pretty", 204),
        (unhealthy(), "/healthcheck/readiness", 503),
        (unhealthy().unhealthy_status(500), "/healthcheck", 500),
        (unhealthy(), "/healthcheck/disk", 503),
        (healthy(), "/healthcheck/cache", 404),
        (healthy(), "/other", 404),
        (healthy(), "/healthcheck?pretty=very", 400),
    ] {
        let (response, body) = ask(builder, Method::OPTIONS, uri).await;
        let headers = response.headers();
        assert_eq!(response.status(), expected, "{uri}");
        assert_eq!(headers["allow"], "GET, HEAD, OPTIONS", "{uri}");
        assert_eq!(headers["cache-control"], "no-store", "{uri}");
        if expected == 204 {
            assert_eq!(body, "", "{uri}");
            assert!(!headers.contains_key("content-length"), "{uri}");
            assert!(!headers.contains_key("content-type"), "{uri}");
        } else {
            assert_eq!(headers["content-length"], body.len().to_string(), "{uri}");
        }
    }
}

#[tokio::test]
async fn names_may_be_percent_encoded() {
    let named = || {
        Panopticon::empty()
            .check("my-check.v2", options(), || async { Health::healthy("found") })
            .check("a", options(), || async {})
    };
    for uri in [
        "/healthcheck/my-check.v2",
        "/healthcheck/my%2Dcheck%2Ev2",
        "/healthcheck/my%2dcheck%2ev2/",
        "/healthcheck/%6D%79-check.v2",
        "/%68ealthcheck/my-check.v2?%70retty",
    ] {
        let (status, body) = get(named(), uri).await;
        assert_eq!(status, StatusCode::OK, "{uri}");
        assert_eq!(body["friendly_status"], json!("found"), "{uri}");
    }
    let (status, body) = get(named(), "/healthcheck/%6Civeness").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["components"], json!({}));
}

/// Decoded once, `%252D` is `%2D`, not `-`.
#[tokio::test]
async fn an_encoded_slash_separates_nothing_and_nothing_is_decoded_twice() {
    for (uri, name) in [
        ("/healthcheck/disk%2F", "disk/"),
        ("/healthcheck/%2Fdisk", "/disk"),
        ("/healthcheck/disk%2Fmore", "disk/more"),
        ("/healthcheck/%2F", "/"),
        ("/healthcheck/d%2569sk", "d%69sk"),
        ("/healthcheck/di+sk", "di+sk"),
        ("/healthcheck/di%20sk", "di sk"),
        ("/healthcheck/d%C3%AFsk", "dïsk"),
        ("/healthcheck/disk%00", "disk\0"),
    ] {
        let (status, body) = get(unhealthy(), uri).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{uri}");
        let expected = format!("no component is named {name:?}; ");
        assert!(body["error"].as_str().unwrap().starts_with(&expected), "{uri}: {body}");
    }
    for uri in ["/healthcheck%2Fdisk", "/healthcheck%2F", "/%2Fhealthcheck", "/%2F"] {
        let (status, body) = get(unhealthy(), uri).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{uri}");
        assert!(body["components"].is_null(), "{uri}: {body}");
    }
}

#[tokio::test]
async fn a_malformed_percent_encoding_is_400() {
    let digits = "two hexadecimal digits after each `%`";
    for (uri, part, rule) in [
        ("/healthcheck/100%", "100%", digits),
        ("/healthcheck/%4", "%4", digits),
        ("/healthcheck/%zz", "%zz", digits),
        ("/healthcheck/%+1", "%+1", digits),
        ("/healthcheck/%%41", "%%41", digits),
        ("/healthcheck/%-1", "%-1", digits),
        ("/healthcheck/%FF", "%FF", "UTF-8"),
        ("/healthcheck/%ED%A0%80", "%ED%A0%80", "UTF-8"),
        ("/healthcheck?collection=%", "%", digits),
        ("/healthcheck/readiness?collection=%C3", "%C3", "UTF-8"),
        ("/healthcheck?pretty=%2", "%2", digits),
    ] {
        let (status, body) = get(healthy(), uri).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{uri}");
        let error = body["error"].as_str().unwrap();
        assert!(error.starts_with(&format!("{part:?} must ")) && error.contains(rule), "{error}");
    }
    // Other parameters are never decoded.
    for uri in ["/healthcheck?100%", "/healthcheck?a=100%&%zz=1&pretty", "/healthcheck/database?%"]
    {
        let (status, _) = get(healthy(), uri).await;
        assert_eq!(status, StatusCode::OK, "{uri}");
    }
}

#[tokio::test]
async fn a_nested_service_answers_below_where_it_is() {
    for (uri, expected) in [
        ("/", 503),
        ("/?pretty", 503),
        ("http://host", 503),
        ("/liveness", 200),
        ("/readiness/", 503),
        ("/database", 200),
        ("/%64isk", 503),
        ("/healthcheck", 404),
        ("/healthcheck/disk", 404),
        ("//", 404),
    ] {
        let mut service = unhealthy().build().unwrap().http_service().nested();
        let response = service.call(Request::get(uri).body(()).unwrap()).await.unwrap();
        assert_eq!(response.status(), expected, "{uri}");
    }
    let mut service = healthy().build().unwrap().http_service().nested();
    let response = service.call(Request::get("/a/b").body(()).unwrap()).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(
        serde_json::from_slice::<Value>(&body).unwrap(),
        json!({
            "error": "the health report is at the path that this service is nested at, and its \
                      probes and components are one segment below that, but \"/a/b\" is further \
                      below",
        })
    );
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
        let error = body["error"].as_str().unwrap();
        assert!(error.starts_with("the health report is at /internal/health, not at "), "{error}");
    }
}
