//! What `?tag=`, `?collection=` and `?exclude=` select from the report and its probes.

use panopticon::{CheckOptions, Health, HealthRequest, HealthService, Panopticon, Probe};
use serde_json::{Value, json};

fn service() -> HealthService {
    let options = CheckOptions::new;
    Panopticon::empty()
        .check("a", options().collection("one").tag("red").tag("env:prod/eu"), || async {})
        .check("b", options().collection("two").tag("red"), || async {})
        .check("c", options().collection("two").tag("blue"), || async { Health::unhealthy("") })
        .check("d", options().tag("blue").probe(Probe::Liveness), || async {})
        .build()
        .unwrap()
        .http_service()
}

async fn get(service: &HealthService, target: &str) -> (u16, Value) {
    let response = service.answer(HealthRequest::get(target)).await;
    (response.status(), serde_json::from_slice(&response.into_body()).unwrap())
}

#[tokio::test]
async fn several_of_one_kind_are_alternatives_and_kinds_restrict_each_other() {
    let service = service();
    for (target, status, names) in [
        ("?tag=red", 200, &["a", "b"][..]),
        ("?tag=red&tag=blue", 503, &["a", "b", "c", "d"]),
        ("?collection=one&collection=two", 503, &["a", "b", "c"]),
        ("?collection=two&tag=red", 200, &["b"]),
        ("?exclude=c", 200, &["a", "b", "d"]),
        ("?exclude=c&exclude=d", 200, &["a", "b"]),
        ("?tag=blue&exclude=c", 200, &["d"]),
        ("/?tag=red&pretty", 200, &["a", "b"]),
        ("/readiness?exclude=c", 200, &["a", "b"]),
        ("/readiness?tag=blue", 503, &["c"]),
        ("/liveness?tag=blue", 200, &["d"]),
        // Known, although it does not answer this probe.
        ("/liveness?exclude=a", 200, &["d"]),
        // Encoded.
        ("?tag=env%3Aprod%2Feu", 200, &["a"]),
        ("?tag=env:prod/eu", 200, &["a"]),
        ("?%74ag=%72ed", 200, &["a", "b"]),
        ("?tag=red&other=%zz", 200, &["a", "b"]),
    ] {
        let (answered, body) = get(&service, &format!("/healthcheck{target}")).await;
        assert_eq!(answered, status, "{target}");
        let components: Vec<&String> = body["components"].as_object().unwrap().keys().collect();
        assert_eq!(components, names, "{target}");
    }
}

#[tokio::test]
async fn what_is_unknown_is_404_with_what_is_known() {
    let service = service();
    for (query, error, kind, known) in [
        (
            "tag=rad",
            "no component has the tag \"rad\"; did you mean `red`? known tags: blue, env:prod/eu, red",
            "tags",
            json!(["blue", "env:prod/eu", "red"]),
        ),
        (
            "collection=three",
            "no component is in a collection named \"three\"; known collections: one, two",
            "collections",
            json!(["one", "two"]),
        ),
        (
            "exclude=e",
            "no component is named \"e\"; did you mean `a`? known components: a, b, c, d",
            "components",
            json!(["a", "b", "c", "d"]),
        ),
        // `+` is a space.
        (
            "tag=env+prod",
            "no component has the tag \"env prod\"; did you mean `env:prod/eu`? known tags: blue, env:prod/eu, red",
            "tags",
            json!(["blue", "env:prod/eu", "red"]),
        ),
    ] {
        for path in ["/healthcheck", "/healthcheck/readiness"] {
            let (status, body) = get(&service, &format!("{path}?{query}")).await;
            assert_eq!(status, 404, "{query}");
            assert_eq!(body, json!({"error": error, kind: known}), "{query}");
        }
    }
    for target in [
        "?tag=red&collection=three",
        "/startup?tag=red",
        "?exclude=a&exclude=b&exclude=c&exclude=d",
    ] {
        let (status, body) = get(&service, &format!("/healthcheck{target}")).await;
        assert_eq!(status, 404, "{target}");
        assert!(body["error"].is_string(), "{target}");
    }
}

#[tokio::test]
async fn a_single_component_takes_no_selection() {
    let service = service();
    for query in ["tag=red", "collection=one", "exclude=b", "exclude=e"] {
        let (status, body) = get(&service, &format!("/healthcheck/a?{query}")).await;
        assert_eq!(status, 400, "{query}");
        let error = "`collection`, `tag` and `exclude` select from the report; leave them out for a \
                     component, the history or metrics";
        assert_eq!(body["error"], error);
    }
    for query in ["tag=%", "exclude=%FF", "collection=%4"] {
        assert_eq!(get(&service, &format!("/healthcheck?{query}")).await.0, 400, "{query}");
    }
}
