//! `application/health+json`. For every answer, it is asserted that it matches its schema, and that
//! its status agrees with the HTTP status.

use std::time::Duration;

use panopticon::{
    Builder, CheckOptions, Disclosure, Health, HealthRequest, Override, Panopticon, Probe,
    ServiceInfo, Status,
};
use serde_json::{Value, json};

use crate::schemas;

const SECOND: Duration = Duration::from_secs(1);

fn options() -> CheckOptions {
    CheckOptions::new()
}

fn builder() -> Builder {
    Panopticon::empty()
        .check("database", options().collection("orders").tag("sql"), || async {
            Health::healthy("available").with("connections", 3).response_time(1230 * NANOSECOND)
        })
        .check("search", options().critical(false), || async {
            Health::unhealthy("no answer").response_time(2 * SECOND)
        })
}

const NANOSECOND: Duration = Duration::from_nanos(1);

/// Returns the HTTP status and the body of an answer.
async fn ask(health: &Panopticon, target: &str) -> (u16, Value) {
    let request = HealthRequest::get(target).headers([("accept", "application/health+json")]);
    let response = health.answer(request).await;
    let media_type = response.headers().find(|(name, _)| *name == "content-type").unwrap().1;
    assert_eq!(media_type, "application/health+json", "{target}");
    let (status, media_type) = (response.status(), media_type.to_owned());
    let body = response.into_body();
    schemas::assert_answer_valid(status, &media_type, &body);
    (status, serde_json::from_slice(&body).unwrap())
}

/// Removes the time from a check; the schema asserts its form.
fn without_time(mut body: Value) -> Value {
    for check in body["checks"].as_object_mut().unwrap().values_mut() {
        check[0].as_object_mut().unwrap().remove("time");
    }
    body
}

#[tokio::test]
async fn a_report_is_written_in_exactly_this_form() {
    let service = ServiceInfo::new("orders")
        .version("2")
        .release_id("2.3.1")
        .description("takes orders")
        .note("call the team of orders")
        .link("about", "https://example.com/orders")
        .link("https://example.com/rel/runbook", "https://example.com/runbook");
    let health = builder().service(service).build().unwrap();
    let (status, body) = ask(&health, "/healthcheck").await;
    assert_eq!(status, 200);
    assert!(body["checks"]["search:responseTime"][0]["time"].is_string());
    let expected = json!({
        "status": "warn",
        "serviceId": "orders",
        "version": "2",
        "releaseId": "2.3.1",
        "description": "takes orders",
        "notes": ["call the team of orders", "unhealthy or unknown, but optional: search"],
        "links": {
            "about": "https://example.com/orders",
            "https://example.com/rel/runbook": "https://example.com/runbook",
        },
        "checks": {
            "database:responseTime": [{
                "componentId": "database",
                "componentType": "component",
                "observedValue": 0.000_001_23,
                "observedUnit": "s",
                "status": "pass",
                "collection": "orders",
                "tags": ["sql"],
                "connections": 3,
            }],
            "search:responseTime": [{
                "componentId": "search",
                "componentType": "component",
                "observedValue": 2.0,
                "observedUnit": "s",
                "status": "fail",
                "output": "no answer",
                "critical": false,
            }],
        },
    });
    assert_eq!(without_time(body), expected);
    // A second request, indented, has the same answer.
    let (_, pretty) = ask(&health, "/healthcheck?pretty").await;
    assert_eq!(without_time(pretty), expected);
    let (_, again) = ask(&health, "/healthcheck").await;
    assert_eq!(without_time(again), expected);
}

#[tokio::test]
async fn without_service_info_no_key_describes_the_service() {
    let health = Panopticon::empty().check("a", options(), || async {}).build().unwrap();
    let (_, body) = ask(&health, "/healthcheck").await;
    let mut keys: Vec<_> = body.as_object().unwrap().keys().collect();
    keys.sort_unstable();
    assert_eq!(keys, ["checks", "status"]);
}

#[tokio::test]
async fn each_status_has_its_word_and_its_http_status() {
    let hour = options().interval(3600 * SECOND);
    let health = Panopticon::empty()
        .check("degraded", options(), || async { Health::degraded("slow") })
        .check("healthy", options(), || async {})
        .check("unhealthy", options(), || async { Health::unhealthy("down") })
        .check("unknown", hour.initial_delay(3600 * SECOND), || async {})
        .build()
        .unwrap();
    for (name, status, word, output) in [
        ("degraded", 200, "warn", json!("slow")),
        ("healthy", 200, "pass", json!(null)),
        ("unhealthy", 503, "fail", json!("down")),
        ("unknown", 503, "fail", json!("not checked yet")),
    ] {
        let (answered, body) = ask(&health, &format!("/healthcheck/{name}")).await;
        assert_eq!((answered, &body["status"]), (status, &json!(word)), "{name}");
        let check = &body["checks"][format!("{name}:responseTime")][0];
        assert_eq!((&check["status"], &check["output"]), (&json!(word), &output), "{name}");
        // Nothing was observed without a result.
        let is_known = name != "unknown";
        assert_eq!(check.get("observedValue").is_some(), is_known, "{name}");
        assert_eq!(check.get("observedUnit").is_some(), is_known, "{name}");
        assert_eq!(body["checks"].as_object().unwrap().len(), 1);
    }
    let (status, body) = ask(&health, "/healthcheck").await;
    assert_eq!((status, &body["status"]), (503, &json!("fail")));
}

/// The draft requires a successful HTTP status for `warn`.
#[tokio::test]
async fn a_status_for_degraded_services_does_not_apply() {
    let health = builder().degraded_status(429).build().unwrap();
    assert_eq!(health.answer(HealthRequest::get("/healthcheck")).await.status(), 429);
    let (status, body) = ask(&health, "/healthcheck").await;
    assert_eq!((status, &body["status"]), (200, &json!("warn")));
}

#[tokio::test]
async fn a_draining_service_fails_where_http_does() {
    let healthy = || Panopticon::empty().check("a", options(), || async {});
    let health = healthy().build().unwrap();
    health.drain();
    for (path, status, word) in [
        ("/healthcheck", 503, "fail"),
        ("/healthcheck/readiness", 503, "fail"),
        ("/healthcheck/liveness", 200, "pass"),
        ("/healthcheck/startup", 200, "pass"),
    ] {
        let (answered, body) = ask(&health, path).await;
        assert_eq!((answered, &body["status"]), (status, &json!(word)), "{path}");
        assert_eq!(body["notes"], json!(["the service is draining"]), "{path}");
    }
    let (status, body) = ask(&health, "/healthcheck/a").await;
    assert_eq!((status, &body["status"]), (200, &json!("pass")));

    let health = healthy().drain_fails_report(false).build().unwrap();
    health.drain();
    let (status, body) = ask(&health, "/healthcheck").await;
    assert_eq!((status, &body["status"]), (200, &json!("pass")));
    assert_eq!(body["notes"], json!(["the service is draining"]));
}

#[tokio::test]
async fn a_probe_has_the_checks_that_answer_it() {
    let health =
        builder().check("state", options().probe(Probe::Liveness), || async {}).build().unwrap();
    let (status, body) = ask(&health, "/healthcheck/liveness").await;
    assert_eq!((status, &body["status"]), (200, &json!("pass")));
    let checks: Vec<_> = body["checks"].as_object().unwrap().keys().collect();
    assert_eq!(checks, ["state:responseTime"]);
    let (_, body) = ask(&health, "/healthcheck?collection=orders").await;
    let checks: Vec<_> = body["checks"].as_object().unwrap().keys().collect();
    assert_eq!(checks, ["database:responseTime"]);
}

#[tokio::test]
async fn what_the_draft_has_no_key_for_is_next_to_its_keys() {
    let health = Panopticon::empty()
        .check("a", options().failure_threshold(2), || async {
            Health::unhealthy("down").with("healthy", 1)
        })
        .build()
        .unwrap();
    let maintenance = Override::new(Status::Degraded, "maintenance").lasting(60 * SECOND);
    health.set_override("a", maintenance).unwrap();
    let (status, body) = ask(&health, "/healthcheck/a").await;
    assert_eq!(status, 200);
    let check = &body["checks"]["a:responseTime"][0];
    assert_eq!(check["status"], "warn");
    assert_eq!(check["damped"]["status"], "unhealthy");
    assert_eq!(check["override"]["reason"], "maintenance");
    assert!(check["detail_errors"]["healthy"].is_string());
}

/// Otherwise, a detail `output` would be a duplicate key, and a detail `links` would not be links.
#[tokio::test]
async fn a_detail_never_has_a_key_of_the_draft() {
    let keys = [
        "componentId",
        "componentType",
        "observedValue",
        "observedUnit",
        "affectedEndpoints",
        "time",
        "output",
        "links",
    ];
    let health = Panopticon::empty()
        .check("a", options(), move || async move {
            keys.iter().fold(Health::healthy(""), |health, key| health.with(*key, "mine"))
        })
        .build()
        .unwrap();
    let text = String::from_utf8(
        health.answer(HealthRequest::get("/healthcheck?format=health%2Bjson")).await.into_body(),
    )
    .unwrap();
    assert!(!text.contains("mine"), "{text}");
    let (_, body) = ask(&health, "/healthcheck").await;
    assert_eq!(body["checks"]["a:responseTime"][0]["componentId"], "a");
    // In our own JSON, they are details like any other.
    let report = health.report().await;
    assert_eq!(report.component("a").unwrap().detail("output"), Some(&json!("mine")));
}

#[tokio::test]
async fn disclosure_applies_as_in_any_other_format() {
    let build = |disclosure| {
        let failing = || async { Err::<(), _>("marked secret") };
        let builder = Panopticon::empty()
            .service(ServiceInfo::new("orders").note("who to call"))
            .check("a", options(), failing)
            .check("b", options(), || async { Health::degraded("slow").with("rows", 3) });
        builder.disclosure(disclosure).build().unwrap()
    };
    let health = build(Disclosure::Full);
    let (_, body) = ask(&health, "/healthcheck").await;
    assert_eq!(body["checks"]["a:responseTime"][0]["output"], "marked secret");

    let health = build(Disclosure::Authored);
    for target in ["/healthcheck", "/healthcheck/a", "/healthcheck?pretty"] {
        let (_, body) = ask(&health, target).await;
        assert!(!body.to_string().contains("marked"), "{body}");
        assert_eq!(body["serviceId"], "orders");
    }

    let health = build(Disclosure::StatusOnly);
    let (_, body) = ask(&health, "/healthcheck").await;
    let keys: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["checks", "status"]);
    let check = &body["checks"]["b:responseTime"][0];
    assert_eq!(
        (&check["status"], &check["output"], &check["rows"]),
        (&json!("warn"), &json!(null), &json!(null))
    );
}

#[tokio::test]
async fn before_build_liveness_passes() {
    let mut builder = builder();
    let service = builder.http_service();
    let request = || HealthRequest::get("/healthcheck/liveness?format=health+json");
    let response = service.answer(request()).await;
    assert_eq!(response.status(), 200);
    let body: Value = serde_json::from_slice(&response.into_body()).unwrap();
    assert_eq!(body, json!({"status": "pass", "checks": {}}));
}

#[test]
fn invalid_service_info_is_refused() {
    let accepted = "it takes a name and other texts, each not empty, without control characters and of \
                    at most 256 bytes, and links to absolute URIs, such as `https://example.com/about`";
    for (service, shown) in [
        (ServiceInfo::new(" "), r#"name " ""#.to_owned()),
        (ServiceInfo::new("a\nb"), r#"name "a\nb""#.to_owned()),
        (ServiceInfo::new("a").version(""), r#"name "a", version """#.to_owned()),
        (
            ServiceInfo::new("a").release_id("x".repeat(257)),
            format!(r#"name "a", release_id "{}""#, "x".repeat(257)),
        ),
        (ServiceInfo::new("a").note(""), r#"name "a", note """#.to_owned()),
        (
            ServiceInfo::new("a").link("about", "example.com"),
            r#"name "a", link "about" to "example.com""#.to_owned(),
        ),
        (
            ServiceInfo::new("a").link("about", "https://a b"),
            r#"name "a", link "about" to "https://a b""#.to_owned(),
        ),
        (
            ServiceInfo::new("a").link("", "https://a"),
            r#"name "a", link "" to "https://a""#.to_owned(),
        ),
    ] {
        let error = builder().service(service).build().unwrap_err().to_string();
        let expected = format!("the builder's `service` must not be {shown}; {accepted}");
        assert!(error.contains(&expected), "{error}");
    }
    for uri in ["https://example.com/a?b=c#d", "mailto:team", "urn:isbn:0451450523"] {
        builder().service(ServiceInfo::new("a").link("about", uri)).build().unwrap();
    }
}

#[test]
fn a_link_replaces_an_earlier_one_with_the_same_relation() {
    let twice = ServiceInfo::new("a").link("about", "https://a").link("about", "https://b");
    assert_eq!(twice, ServiceInfo::new("a").link("about", "https://b"));
}
