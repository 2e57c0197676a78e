//! The format of an answer, by `?format=` and by `Accept`.

use std::collections::BTreeMap;

use panopticon::{CheckOptions, Health, HealthRequest, HealthResponse, Panopticon, Probe};
use serde_json::{Value, json};

use crate::schemas;

const JSON: &str = "application/json";
const HEALTH_JSON: &str = "application/health+json";
const TEXT: &str = "text/plain; charset=utf-8";
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// Returns `with` if there is a page for browsers, which is a format, otherwise `without`.
fn by_page(with: &'static str, without: &'static str) -> &'static str {
    if cfg!(feature = "page") { with } else { without }
}

fn health() -> Panopticon {
    let options = CheckOptions::new;
    Panopticon::empty()
        .check("database", options(), || async { Health::unhealthy("the secret reason") })
        .check("disk", options(), || async {})
        .check("queue", options(), || async { Health::degraded("slow") })
        .check("search", options().critical(false), || async { Health::unhealthy("no answer") })
        .check("state", options().probe(Probe::Liveness), || async {})
        .build()
        .unwrap()
}

fn header<'a>(response: &'a HealthResponse, name: &str) -> Option<&'a str> {
    response.headers().find(|(other, _)| *other == name).map(|(_, value)| value)
}

async fn ask(target: &str, accept: &[&str]) -> (u16, String, String) {
    let headers = accept.iter().map(|value| ("Accept", *value));
    let response = health().answer(HealthRequest::get(target).headers(headers)).await;
    assert_eq!(header(&response, "vary"), Some("Accept"), "{target}");
    let media_type = header(&response, "content-type").unwrap().to_owned();
    let (status, body) = (response.status(), response.into_body());
    schemas::assert_answer_valid(status, &media_type, &body);
    (status, media_type, String::from_utf8(body).unwrap())
}

/// Returns the media type of the answer to a header with these lines.
async fn accepted(accept: &[&str]) -> String {
    let (status, media_type, _) = ask("/healthcheck/disk", accept).await;
    if status == 406 { "406".to_owned() } else { media_type }
}

#[tokio::test]
async fn a_format_is_chosen_by_the_accept_header_of_real_readers() {
    let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                        application/openmetrics-text;version=0.0.1;q=0.4,\
                        text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
                        text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
    for (reader, accept, expected) in [
        ("HAProxy", &[][..], JSON),
        ("kubelet, curl, wget, Python's requests, Go", &["*/*"], JSON),
        ("HTTPie", &["application/json, */*;q=0.5"], JSON),
        ("axios", &["application/json, text/plain, */*"], JSON),
        (
            "Java's HttpURLConnection",
            &["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"],
            // It is what the header prefers, although the reader may be a program.
            by_page(HTML, JSON),
        ),
        (
            "Chrome",
            &["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,\
               image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"],
            by_page(HTML, JSON),
        ),
        (
            "Firefox",
            &[
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
            ],
            by_page(HTML, JSON),
        ),
        (
            "Safari",
            &["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
            by_page(HTML, JSON),
        ),
        // Of a component there are no metrics.
        ("Prometheus 3", &[prometheus_3], JSON),
        ("Nagios' check_http", &["text/plain"], TEXT),
        ("jQuery", &["application/json, text/javascript, */*; q=0.01"], JSON),
    ] {
        assert_eq!(accepted(accept).await, expected, "{reader}");
    }
}

#[tokio::test]
async fn weight_specificity_and_order_decide() {
    for (accept, expected) in [
        (&["application/*"][..], JSON),
        (&["text/*"], TEXT),
        (&["TEXT/Plain"], TEXT),
        (&["text/plain;charset=UTF-8"], TEXT),
        (&["text/plain; charset=iso-8859-1"], TEXT),
        (&["application/json; charset=utf-8"], JSON),
        (&["application/json;indent=4"], JSON),
        (&["application/json; version=2"], JSON),
        // With a version, it is Prometheus's, which a component does not have.
        (&["text/plain;version=0.0.4, */*;q=0.1"], JSON),
        (&["text/plain;version=1.0.0;escaping=allow-utf-8"], "406"),
        // The weight comes first.
        (&["application/json;q=0.5, text/plain"], TEXT),
        (&["text/plain;q=0.999, application/json"], JSON),
        (&["text/plain;q=0.4, */*;q=0.5"], JSON),
        // Then how specific the range is, and then the order.
        (&["*/*, text/plain"], TEXT),
        (&["application/json, text/plain"], JSON),
        (&["text/plain, application/json"], TEXT),
        (&["application/health+json"], HEALTH_JSON),
        (&["application/health+json, application/json;q=0.9"], HEALTH_JSON),
        (&["application/json;q=0.5, application/health+json"], HEALTH_JSON),
        // The most specific range counts, even if it is the lowest.
        (&["application/json;q=0, */*"], HEALTH_JSON),
        (&["*/*, application/*;q=0"], TEXT),
        (&["text/plain;q=0, text/*"], by_page(HTML, "406")),
        (&["*/*;q=0"], "406"),
        // Several lines are one list.
        (&["application/json;q=0.1", "text/plain;q=0.2"], TEXT),
        (&["text/html", "application/json"], by_page(HTML, JSON)),
        (&["text/html;q=0.9, application/json"], JSON),
        // Malformed items are ignored.
        (&["text", "application/json;q=0.1"], JSON),
        (&["text/plain;q=high, application/json;q=0.1"], JSON),
        (&["text/plain;q=2, application/json;q=0.1"], JSON),
        (&["text/plain;q=-1, application/json;q=0.1"], JSON),
        (&["*/plain, application/json;q=0.1"], JSON),
        (&[",,text/plain,"], TEXT),
        (&[""], JSON),
        (&["nonsense; q=0"], JSON),
        (&["text/html"], by_page(HTML, "406")),
        (&["application/xml, image/*;q=0.9"], "406"),
        (&["application/json+xml"], "406"),
    ] {
        assert_eq!(accepted(accept).await, expected, "{accept:?}");
    }
}

#[tokio::test]
async fn the_query_wins_over_the_header() {
    for (target, expected) in [
        ("/healthcheck/disk?format=text", TEXT),
        ("/healthcheck/disk?a=b&format=%74ext", TEXT),
        ("/healthcheck/disk?format=json", JSON),
        ("/healthcheck/disk?format=health%2Bjson", HEALTH_JSON),
        // A plus in a query is a space.
        ("/healthcheck/disk?format=health+json", HEALTH_JSON),
        ("/healthcheck/disk?format=health%20json", HEALTH_JSON),
    ] {
        for accept in ["*/*", "text/plain", "application/json", "text/html"] {
            let (status, media_type, _) = ask(target, &[accept]).await;
            assert_eq!((status, &*media_type), (200, expected), "{target} {accept}");
        }
    }
}

/// The formats of a path, in order of preference. Only the whole report has metrics.
fn offered(target: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let reports = [("json", JSON), ("health+json", HEALTH_JSON), ("text", TEXT)];
    let metrics = [("prometheus", PROMETHEUS), ("openmetrics", OPEN_METRICS)];
    let has_metrics = cfg!(feature = "prometheus") && target == "/healthcheck";
    let page = [("html", HTML)].into_iter().filter(|_| cfg!(feature = "page"));
    reports.into_iter().chain(metrics.into_iter().filter(move |_| has_metrics)).chain(page)
}

#[tokio::test]
async fn an_unknown_format_is_refused_with_the_known_ones() {
    for (format, suggestion) in [("protobuf", ""), ("jsn", "did you mean `json`? "), ("", "")] {
        for target in ["/healthcheck", "/healthcheck/disk", "/healthcheck/liveness"] {
            let (status, media_type, body) = ask(&format!("{target}?format={format}"), &[]).await;
            assert_eq!((status, &*media_type), (400, JSON));
            let body: Value = serde_json::from_str(&body).unwrap();
            let mut names: Vec<_> = offered(target).map(|(name, _)| name).collect();
            names.sort_unstable();
            let names = names.join(", ");
            let error =
                format!("`format` must not be {format:?}; {suggestion}known formats: {names}");
            let known: BTreeMap<_, _> = offered(target).collect();
            assert_eq!(body, json!({"error": error, "formats": known}));
        }
    }
    let (status, _, body) = ask("/healthcheck?format=json&format=text", &[]).await;
    assert_eq!((status, &*body), (400, r#"{"error":"`format` must be given once"}"#));

    for target in ["/healthcheck", "/healthcheck/disk"] {
        let (status, media_type, body) = ask(target, &["image/png"]).await;
        assert_eq!((status, &*media_type), (406, JSON));
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["formats"], json!(offered(target).collect::<BTreeMap<_, _>>()));
        let known: Vec<_> =
            offered(target).map(|(name, media_type)| format!("{name} ({media_type})")).collect();
        let error = format!(
            "the `Accept` header accepts no known format; change it, or leave it out and use `?format=`; \
             known formats: {}",
            known.join(", ")
        );
        assert_eq!(body["error"], error);
    }
}

/// With 406, a header would restart a process.
#[tokio::test]
async fn a_probe_is_answered_whatever_the_header_accepts() {
    for (probe, expected) in [("liveness", 200), ("readiness", 503), ("startup", 200)] {
        for accept in ["application/xml", "*/*;q=0", "é", "image/png, x"] {
            let (status, media_type, _) = ask(&format!("/healthcheck/{probe}"), &[accept]).await;
            assert_eq!((status, &*media_type), (expected, JSON), "{probe} {accept}");
        }
    }
}

#[tokio::test]
async fn the_text_has_a_line_for_each_component_and_no_reasons() {
    for (path, status, expected) in [
        (
            "/healthcheck",
            503,
            "[-]database failed: reason withheld\n\
             [+]disk ok\n\
             [+]queue degraded: ok\n\
             [+]search unhealthy, optional: ok\n\
             [+]state ok\n\
             health check failed\n",
        ),
        ("/healthcheck/liveness", 200, "[+]state ok\nliveness check passed\n"),
        ("/healthcheck/startup", 200, "[+]ping ok\nstartup check passed\n"),
        ("/healthcheck/queue", 200, "[+]queue degraded: ok\nqueue check passed\n"),
        ("/healthcheck/search", 503, "[-]search failed: reason withheld\nsearch check failed\n"),
    ] {
        let answer = ask(&format!("{path}?format=text"), &[]).await;
        assert_eq!(answer, (status, TEXT.to_owned(), expected.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn the_text_says_that_the_service_drains() {
    for (drain_fails_report, path, status, line, outcome) in [
        (true, "", 503, "[-]draining failed: the service is about to stop", "health check failed"),
        (false, "", 200, "[+]draining: ok", "health check passed"),
        (
            false,
            "/readiness",
            503,
            "[-]draining failed: the service is about to stop",
            "readiness check failed",
        ),
        (true, "/liveness", 200, "[+]draining: ok", "liveness check passed"),
    ] {
        let health = Panopticon::empty()
            .check(
                "state",
                CheckOptions::new().probe(Probe::Liveness).probe(Probe::Readiness),
                || async {},
            )
            .drain_fails_report(drain_fails_report)
            .build()
            .unwrap();
        health.drain();
        let request = HealthRequest::get(&format!("/healthcheck{path}?format=text"));
        let response = health.answer(request).await;
        assert_eq!(response.status(), status);
        let text = String::from_utf8(response.into_body()).unwrap();
        assert_eq!(text, format!("[+]state ok\n{line}\n{outcome}\n"));
    }
}

/// Not yet checked, or not counted by its thresholds.
#[tokio::test]
async fn without_evidence_the_text_of_liveness_does_not_fail() {
    let options =
        CheckOptions::new().interval(std::time::Duration::from_secs(3600)).probe(Probe::Liveness);
    let health = Panopticon::empty()
        .check("state", options.initial_delay(std::time::Duration::from_secs(60)), || async {})
        .build()
        .unwrap();
    let answer = health.answer(HealthRequest::get("/healthcheck/liveness?format=text")).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.into_body(), b"[+]state unknown: ok\nliveness check passed\n");
}

/// Generates headers from pieces of valid and invalid ones, the same in each run.
struct Headers(u64);

impl Headers {
    const PIECES: [&str; 24] = [
        "*/*",
        "*",
        "/",
        "application",
        "json",
        "text",
        "plain",
        "html",
        "+",
        ";",
        ",",
        "q",
        "=",
        "0",
        "1",
        ".5",
        " ",
        "\t",
        "\"",
        "\\",
        "charset=utf-8",
        "version=0.0.4",
        "é",
        "application/json",
    ];

    fn next(&mut self, pieces: usize) -> String {
        let mut number = |below: usize| {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap() % below
        };
        let length = number(pieces);
        (0..length).map(|_| Self::PIECES[number(Self::PIECES.len())]).collect()
    }
}

#[tokio::test]
async fn no_header_fails_a_probe_and_none_with_everything_fails_the_report() {
    let health =
        Panopticon::empty().check("disk", CheckOptions::new(), || async {}).build().unwrap();
    let mut headers = Headers(15);
    for _ in 0..20_000 {
        let junk = headers.next(12);
        for target in ["/healthcheck/liveness", "/readyz"] {
            let request = HealthRequest::get(target).headers([("accept", &junk)]);
            assert_eq!(health.answer(request).await.status(), 200, "{target} {junk:?}");
        }
        // A line of its own, so that an open quote does not hide it.
        let lines = [("accept", &*junk), ("accept", "application/json, */*")];
        let request = HealthRequest::get("/healthcheck").headers(lines);
        let rules_out = junk.contains('0');
        let status = health.answer(request).await.status();
        assert!(status == 200 || rules_out, "{status} {junk:?}");
    }
}
