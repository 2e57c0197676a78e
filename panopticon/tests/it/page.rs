//! The page that browsers get.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use panopticon::{
    Builder, CheckOptions, Disclosure, Health, HealthRequest, HealthResponse, Override, Panopticon,
    Probe, ServiceInfo, Status,
};

use crate::scripted::Scripted;

/// What browsers send when a person enters a URL.
const BROWSERS: [&str; 3] = [
    // Chrome
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,\
     application/signed-exchange;v=b3;q=0.7",
    // Firefox
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    // Safari
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
];

fn options() -> CheckOptions {
    CheckOptions::new()
}

fn healthy() -> Builder {
    Panopticon::empty().check("disk", options(), || async { Health::healthy("41 GB free") })
}

async fn ask(health: &Panopticon, method: &str, target: &str, accept: &str) -> HealthResponse {
    health.answer(HealthRequest::new(method, target).headers([("accept", accept)])).await
}

async fn page(health: &Panopticon, target: &str) -> String {
    let response = ask(health, "GET", target, "text/html").await;
    assert_eq!(header(&response, "content-type"), Some("text/html; charset=utf-8"), "{target}");
    String::from_utf8(response.into_body()).unwrap()
}

fn header<'a>(response: &'a HealthResponse, name: &str) -> Option<&'a str> {
    response.headers().find(|(other, _)| *other == name).map(|(_, value)| value)
}

/// Returns the text of the element with this id, without tags.
fn text_of(page: &str, id: &str) -> String {
    let start = page.find(&format!(" id=\"{id}\"")).unwrap_or_else(|| panic!("no {id} in {page}"));
    let tag = page[..start].rfind('<').unwrap() + 1;
    let name = page[tag..start].split(' ').next().unwrap();
    let rest = &page[start..];
    let rest = &rest[rest.find('>').unwrap() + 1..];
    // Elements with an id do not contain others of the same name here, except for list items.
    let inner = &rest[..rest.find(&format!("</{name}>")).unwrap()];
    let mut text = String::new();
    for part in inner.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    text
}

#[tokio::test]
async fn browsers_get_the_page_and_programs_get_json() {
    let health = healthy().build().unwrap();
    for path in ["", "/", "/readiness", "/liveness", "/startup", "/disk", "/disk/"] {
        let target = format!("/healthcheck{path}");
        for accept in BROWSERS {
            let response = ask(&health, "GET", &target, accept).await;
            assert_eq!(header(&response, "content-type"), Some("text/html; charset=utf-8"));
            assert!(response.into_body().starts_with(b"<!DOCTYPE html>"), "{target}");
        }
        for accept in ["*/*", "application/json", ""] {
            let response = ask(&health, "GET", &target, accept).await;
            assert_eq!(header(&response, "content-type"), Some("application/json"), "{target}");
        }
        let response = ask(&health, "GET", &format!("{target}?format=html"), "*/*").await;
        assert_eq!(header(&response, "content-type"), Some("text/html; charset=utf-8"));
        let response = ask(&health, "GET", &format!("{target}?format=json"), BROWSERS[0]).await;
        assert_eq!(header(&response, "content-type"), Some("application/json"), "{target}");
    }
    // Errors stay JSON.
    let response = ask(&health, "GET", "/healthcheck/unknown", BROWSERS[0]).await;
    assert_eq!(header(&response, "content-type"), Some("application/json"));
}

#[tokio::test]
async fn the_headers_allow_the_page_nothing_but_itself() {
    let health = healthy().build().unwrap();
    let response = ask(&health, "GET", "/healthcheck", "text/html").await;
    let policy = header(&response, "content-security-policy").unwrap();
    for directive in [
        "default-src 'none'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.split("; ").any(|part| part == directive), "{directive} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(header(&response, "x-content-type-options"), Some("nosniff"));
    assert_eq!(header(&response, "referrer-policy"), Some("no-referrer"));
    assert_eq!(header(&response, "cache-control"), Some("no-store"));
    assert_eq!(header(&response, "vary"), Some("Accept"));
    let length = header(&response, "content-length").unwrap().to_owned();
    assert_eq!(length, response.into_body().len().to_string());
}

#[tokio::test]
async fn the_status_is_that_of_the_report() {
    let health = healthy()
        .check("database", options(), || async { Health::unhealthy("no answer") })
        .build()
        .unwrap();
    for target in ["/healthcheck", "/healthcheck/readiness", "/healthcheck/database"] {
        let response = ask(&health, "GET", target, "text/html").await;
        assert_eq!(response.status(), 503);
        assert!(response.into_body().starts_with(b"<!DOCTYPE html>"));
        let response = ask(&health, "HEAD", target, "text/html").await;
        assert_eq!(response.status(), 503);
        assert!(header(&response, "content-security-policy").is_some());
        assert_eq!(ask(&health, "OPTIONS", target, "text/html").await.status(), 503);
    }
    let response = ask(&health, "GET", "/healthcheck/disk", "text/html").await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn the_sentence_says_what_is_wrong_and_the_rest_why() {
    let health = healthy()
        .check("database", options(), || async { Health::unhealthy("no <route>") })
        .check("orders", options().depends_on("database"), || async {})
        .check("invoices", options().depends_on("orders").critical(false), || async {})
        .check("search", options().critical(false), || async { Health::degraded("slow") })
        .build()
        .unwrap();
    let report = page(&health, "/healthcheck").await;
    assert_eq!(text_of(&report, "headline"), "✕ UNHEALTHY for 0 s: database (2 more wait for it)");
    assert!(report.contains("<title>✕ UNHEALTHY for 0 s: database (2 more wait for it)</title>"));
    assert!(report.contains("no &lt;route&gt;"));
    // One is under the other.
    let database = report.find("id=\"component-database\"").unwrap();
    let orders = report.find("id=\"component-orders\"").unwrap();
    let invoices = report.find("id=\"component-invoices\"").unwrap();
    let search = report.find("id=\"component-search\"").unwrap();
    let rest = report.find("id=\"rest\"").unwrap();
    let disk = report.find("id=\"component-disk\"").unwrap();
    assert!([database, orders, invoices, search, rest, disk].is_sorted());
    assert!(!report[database..orders].contains("</li>"));
    assert!(!report[orders..invoices].contains("</li>"));
    assert!(report[invoices..search].contains("</li>"));
    let incident = text_of(&report, "incident");
    assert!(incident.contains("\n  - orders: unhealthy, waits for database\n"), "{incident}");
    assert!(incident.contains("\n    - invoices: unhealthy, optional, waits for orders\n"));

    let orders = page(&health, "/healthcheck/orders").await;
    assert_eq!(text_of(&orders, "headline"), "✕ UNHEALTHY: orders waits for database");
    assert!(orders.contains("<a href=\"./\">whole report</a>"), "{orders}");
    let orders = page(&health, "/healthcheck/orders/").await;
    assert!(orders.contains("<a href=\"../\">whole report</a>"), "{orders}");
    let search = page(&health, "/healthcheck/search").await;
    assert_eq!(text_of(&search, "headline"), "▲ DEGRADED for 0 s: search");
}

/// What is known about it is from before its cause failed.
#[tokio::test]
async fn a_component_that_waits_has_not_failed_since_its_own_last_change() {
    let database = Scripted::healthy();
    let uncached = || options().cache(Duration::ZERO);
    let health = Panopticon::empty()
        .check("database", uncached(), database.check())
        .check("orders", uncached().depends_on("database"), || async {})
        .build()
        .unwrap();
    let orders = page(&health, "/healthcheck/orders").await;
    assert_eq!(text_of(&orders, "headline"), "✓ HEALTHY for 0 s: orders");
    database.say(Health::unhealthy("no answer"));
    let orders = page(&health, "/healthcheck/orders").await;
    assert_eq!(text_of(&orders, "headline"), "✕ UNHEALTHY: orders waits for database");
}

/// A shutdown is not a transition, so nobody can say since when nothing is known.
#[tokio::test]
async fn after_a_shutdown_the_page_claims_no_time() {
    let health = Panopticon::empty()
        .check("disk", options().cache(Duration::ZERO), || async {})
        .build()
        .unwrap();
    health.report().await;
    health.shutdown().await;
    for (path, sentence) in [("", "? UNKNOWN: disk"), ("/disk", "? UNKNOWN: disk")] {
        let page = page(&health, &format!("/healthcheck{path}")).await;
        assert_eq!(text_of(&page, "headline"), sentence);
        assert!(page.contains("critical</p>"), "{page}");
    }
}

/// The report with which startup passed stays, but says nothing about other probes.
#[tokio::test]
async fn the_page_of_startup_does_not_answer_for_readiness() {
    let database = Scripted::healthy();
    let both = options().cache(Duration::ZERO).probe(Probe::Startup).probe(Probe::Readiness);
    let health = Panopticon::empty().check("database", both, database.check()).build().unwrap();
    health.probe(Probe::Startup).await;
    database.say(Health::unhealthy("no answer"));
    health.report().await;
    let startup = page(&health, "/healthcheck/startup").await;
    let traffic = text_of(&startup, "traffic");
    assert!(traffic.contains("readiness ✕ FAILS"), "{traffic}");
    assert!(traffic.contains("startup ✓ pass"), "{traffic}");
}

#[tokio::test]
async fn the_traffic_is_that_of_the_probes() {
    let is_broken = Arc::new(AtomicBool::new(false));
    let broken = Arc::clone(&is_broken);
    let health = healthy()
        .check("loop", options().probe(Probe::Liveness).cache(Duration::ZERO), move || {
            let is_broken = broken.load(Ordering::SeqCst);
            async move { if is_broken { Health::unhealthy("stuck") } else { Health::healthy("") } }
        })
        .check("schema", options().probe(Probe::Startup), || async {})
        .build()
        .unwrap();
    let traffic = |page: &str| text_of(page, "traffic");
    let shown = traffic(&page(&health, "/healthcheck").await);
    for expected in ["liveness ✓ passes", "readiness ✓ passes", "startup ✓ passes", "draining no"]
    {
        assert!(shown.contains(expected), "{shown}");
    }
    health.probe(Probe::Startup).await;
    is_broken.store(true, Ordering::SeqCst);
    health.drain();
    for target in ["/healthcheck", "/healthcheck/liveness"] {
        let shown = traffic(&page(&health, target).await);
        for expected in
            ["liveness ✕ FAILS", "readiness ✕ FAILS", "startup ✓ passed", "▼ DRAININGsince "]
        {
            assert!(shown.contains(expected), "{target}: {shown}");
        }
    }
    let readiness = page(&health, "/healthcheck/readiness").await;
    let sentence = text_of(&readiness, "headline");
    assert_eq!(sentence, "▼ DRAINING for 0 s: about to stop, and gets no new requests");
    let liveness = page(&health, "/healthcheck/liveness").await;
    assert_eq!(text_of(&liveness, "headline"), "✕ UNHEALTHY for 0 s: loop");
}

/// The page of a probe asks only for its own checks, so it knows nothing about the others yet.
#[tokio::test]
async fn a_probe_that_nothing_has_asked_is_not_known() {
    let health =
        healthy().check("loop", options().probe(Probe::Liveness), || async {}).build().unwrap();
    let shown = text_of(&page(&health, "/healthcheck/liveness").await, "traffic");
    assert!(shown.contains("liveness ✓ passes"), "{shown}");
    assert!(shown.contains("readiness ? not known"), "{shown}");
}

#[tokio::test]
async fn failures_that_do_not_count_yet_are_shown() {
    let is_broken = Arc::new(AtomicBool::new(false));
    let broken = Arc::clone(&is_broken);
    let options = options().cache(Duration::ZERO).failure_threshold(3);
    let health = healthy()
        .check("mail", options, move || {
            let is_broken = broken.load(Ordering::SeqCst);
            async move { if is_broken { Health::unhealthy("421") } else { Health::healthy("") } }
        })
        .build()
        .unwrap();
    health.report().await;
    is_broken.store(true, Ordering::SeqCst);
    health.report().await;
    let shown = page(&health, "/healthcheck").await;
    assert_eq!(text_of(&shown, "headline"), "✓ HEALTHY for 0 s: all 2 components");
    assert!(shown.contains("1 failure does not count yet"), "{shown}");
    let mail = text_of(&shown, "component-mail");
    for expected in ["not counted yet mail", "2 of 3 failures, so it is still healthy", "421"] {
        assert!(mail.contains(expected), "{mail}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_is_not_green() {
    let is_broken = Arc::new(AtomicBool::new(false));
    let broken = Arc::clone(&is_broken);
    let every_second = options().interval(Duration::from_secs(1)).timeout(Duration::from_secs(1));
    let health = Panopticon::empty()
        .check("rates", every_second.initial_delay(Duration::from_secs(9)), move || {
            let is_broken = broken.load(Ordering::SeqCst);
            async move {
                if is_broken {
                    pending::<()>().await;
                }
                Health::healthy("up to date")
            }
        })
        .build()
        .unwrap();
    let unknown = page(&health, "/healthcheck").await;
    assert!(text_of(&unknown, "headline").starts_with("? UNKNOWN for 0 s: rates"));
    assert!(unknown.contains("<header class=\"unknown\">"));
    assert!(unknown.contains("<li id=\"component-rates\" class=\"unknown\">"));
    health.first_results().await;
    assert!(page(&health, "/healthcheck").await.contains("<header class=\"healthy\">"));
}

const SECRET: &str = "secret-of-the-error";
const AUTHORED: &str = "written-by-the-author";

fn with_secrets() -> Builder {
    let service = ServiceInfo::new(AUTHORED).version(AUTHORED).release_id(AUTHORED).note(AUTHORED);
    Panopticon::empty()
        .service(service)
        .check("database", options(), || async { Err::<(), _>(SECRET) })
        .check("queue", options(), || async {
            Health::unhealthy(AUTHORED).with(AUTHORED, AUTHORED)
        })
        .check("disk", options(), || async { Health::healthy(AUTHORED).with(AUTHORED, 1) })
        .check("orders", options().depends_on("database"), || async {})
}

#[tokio::test]
async fn nothing_is_shown_to_those_who_may_not_see_it() {
    let host = hostname();
    for disclosure in [Disclosure::StatusOnly, Disclosure::Authored, Disclosure::Full] {
        let health = with_secrets().disclosure(disclosure).build().unwrap();
        health.report().await;
        let maintenance = Override::new(Status::Degraded, AUTHORED);
        health.set_override("disk", maintenance.lasting(Duration::from_secs(60))).unwrap();
        for path in ["", "/readiness", "/database", "/queue", "/disk", "/orders"] {
            let page = page(&health, &format!("/healthcheck{path}")).await;
            let is_report = ["", "/readiness"].contains(&path);
            assert_eq!(page.contains("release "), disclosure > Disclosure::StatusOnly, "{path}");
            assert_eq!(page.contains(AUTHORED), disclosure > Disclosure::StatusOnly, "{path}");
            let has_secret = (is_report || path == "/database") && disclosure == Disclosure::Full;
            assert_eq!(page.contains(SECRET), has_secret, "{path} {disclosure:?}");
            let has_host = page.contains(&format!("on <bdi>{host}</bdi>"));
            assert_eq!(has_host, disclosure == Disclosure::Full, "{path} {disclosure:?}");
            if disclosure == Disclosure::StatusOnly {
                for text in ["not checked", "timed out", " up <time"] {
                    assert!(!page.contains(&format!(">{text}")), "{path}: {text}");
                }
            }
            let is_alone = !is_report;
            for (option, is_shown) in [("Runs", true), ("Timeout", is_alone)] {
                let is_shown = is_shown && disclosure > Disclosure::StatusOnly;
                let is_waiting = path == "/orders";
                let expected = is_shown && !is_waiting;
                let option = format!("<dt>{option}</dt>");
                assert_eq!(page.contains(&option), expected, "{path} {disclosure:?}: {option}");
            }
        }
    }
}

/// Returns the name that the page shows.
fn hostname() -> String {
    let name = std::process::Command::new("hostname").output().unwrap().stdout;
    String::from_utf8(name).unwrap().trim().to_owned()
}

#[tokio::test]
async fn before_build_liveness_passes_without_being_green() {
    let mut builder = healthy();
    let service = builder.http_service();
    let ask = |target: &'static str| {
        service.answer(HealthRequest::get(target).headers([("accept", BROWSERS[0])]))
    };
    let response = ask("/healthcheck/liveness").await;
    assert_eq!(response.status(), 200);
    let page = String::from_utf8(response.into_body()).unwrap();
    assert_eq!(text_of(&page, "headline"), "○ NO CHECKS: the service is still starting");
    assert!(page.contains("<header class=\"unknown\">"));
    // As for every other reader, there is nothing to report.
    let response = ask("/healthcheck").await;
    assert_eq!(response.status(), 503);
    assert_eq!(header(&response, "content-type"), Some("application/json"));
    builder.build().unwrap();
    let response = ask("/healthcheck").await;
    assert_eq!(header(&response, "content-type"), Some("text/html; charset=utf-8"));
}

#[tokio::test]
async fn a_probe_without_checks_is_not_green() {
    let health = healthy().build().unwrap();
    let page = page(&health, "/healthcheck/startup").await;
    assert_eq!(text_of(&page, "headline"), "○ NO CHECKS: no check answers startup");
    assert!(page.contains("<header class=\"unknown\">"));
}

#[tokio::test]
async fn links_stay_below_any_prefix_and_keep_the_selection() {
    let health = Panopticon::empty()
        .check("database", options().tag("sql"), || async {})
        .check("mail", options(), || async {})
        .build()
        .unwrap();
    let page = page(&health, "/healthcheck/?tag=sql&from=mail&exclude=mail").await;
    assert!(page.contains("href=\"?format=json&amp;tag=sql&amp;exclude=mail\""), "{page}");
    assert!(page.contains("part of the report"));
    assert!(!page.contains("component-mail"));
    let links: Vec<&str> = page.split(" href=\"").skip(1).collect();
    assert!(links.iter().all(|link| link.starts_with(['?', '#']) || link.starts_with("data:")));
}

#[tokio::test]
async fn without_a_history_the_page_claims_nothing_about_the_past() {
    let health = healthy()
        .check("database", options(), || async { Health::unhealthy("no answer") })
        .history(false)
        .build()
        .unwrap();
    let page = page(&health, "/healthcheck").await;
    assert_eq!(text_of(&page, "headline"), "✕ UNHEALTHY: database");
    assert!(text_of(&page, "changes").contains("No history is recorded."));
    assert!(!page.contains("<svg"));
    assert!(!page.contains("Last good result"));
}
