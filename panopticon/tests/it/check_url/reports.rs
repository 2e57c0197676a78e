//! The report of another service with panopticon.

use panopticon::checks::url::{UrlCheck, check_url};
use panopticon::{CheckOptions, Disclosure, Health, Panopticon, Status};

use super::server::{Server, respond};
use super::{assert_unhealthy, assert_unhealthy_beginning};

fn options() -> CheckOptions {
    CheckOptions::new()
}

/// Returns the health of a service that answers with its report as a reader sees it.
fn health_of(service: &Panopticon, disclosure: Disclosure, status: u16) -> Health {
    let report = service.report_blocking().disclosed(disclosure);
    health_of_answer(status, serde_json::to_string(&report).unwrap())
}

fn health_of_answer(status: u16, body: String) -> Health {
    let server = Server::answering(move |_| respond(status, &body));
    check_url(server.url("/healthcheck")).panopticon_report().check_blocking()
}

#[track_caller]
fn assert_health(health: &Health, status: Status, message: &str) {
    assert_eq!((health.status(), health.message()), (status, Some(message)), "{health:?}");
}

/// A service whose database refuses connections.
fn orders() -> Panopticon {
    Panopticon::empty()
        .check("database", options(), || async { Err::<(), _>("connection refused") })
        .check("invoices", options().depends_on("database"), || async {})
        .check("mail", options(), || async {})
        .check("stock", options().depends_on("database"), || async {})
        .build()
        .unwrap()
}

#[test]
fn a_healthy_service_is_healthy() {
    let service = Panopticon::empty().check("a", options(), || async {}).build().unwrap();
    for disclosure in [Disclosure::StatusOnly, Disclosure::Authored, Disclosure::Full] {
        let health = health_of(&service, disclosure, 200);
        assert_health(&health, Status::Healthy, "the service is healthy");
        assert_eq!(health.detail("status_code"), Some(&200.into()));
    }
}

#[test]
fn the_components_that_fail_are_the_message() {
    let health = health_of(&orders(), Disclosure::Full, 503);
    assert_unhealthy(
        &health,
        "the service is unhealthy: database (connection refused); 2 more wait for it",
    );
    assert_eq!(health.detail("status_code"), Some(&503.into()));
    // The status of the report counts, not that of HTTP.
    for status in [200, 404, 500] {
        assert_eq!(health_of(&orders(), Disclosure::Full, status).status(), Status::Unhealthy);
    }
}

#[test]
fn without_messages_there_are_the_names() {
    assert_unhealthy(
        &health_of(&orders(), Disclosure::StatusOnly, 503),
        "the service is unhealthy: database; 2 more wait for it",
    );
}

#[tokio::test]
async fn anonymous_readers_see_the_names_alone() {
    let report = orders().report().await;
    let body = serde_json::to_string(&report).unwrap();
    let server = Server::answering(move |_| respond(503, &body));
    let check = check_url(server.url("/")).panopticon_report();
    let service = Panopticon::empty().check_url("orders", options(), check).build().unwrap();
    let report = service.report().await.disclosed(Disclosure::Authored);
    assert_eq!(
        report.component("orders").unwrap().message(),
        Some("the service is unhealthy: database; 2 more wait for it")
    );
}

#[test]
fn a_degraded_service_is_degraded() {
    let service = Panopticon::empty()
        .check("cache", options().critical(false), || async { Health::unhealthy("evicted") })
        .check("search", options(), || async { Health::degraded("slow") })
        .check("stock", options(), || async {})
        .build()
        .unwrap();
    let message = "the service is degraded: cache (evicted), search degraded (slow)";
    for status in [200, 429] {
        let health = health_of(&service, Disclosure::Full, status);
        assert_health(&health, Status::Degraded, message);
    }
}

#[test]
fn the_worst_components_come_first() {
    let service = Panopticon::empty()
        .check("a", options(), || async { Health::degraded("slow") })
        .check("b", options().critical(false), || async { Health::unhealthy("optional") })
        .check("c", options(), || async { Health::unhealthy("critical") })
        .build()
        .unwrap();
    assert_unhealthy(
        &health_of(&service, Disclosure::Full, 503),
        "the service is unhealthy: c (critical), b (optional), a degraded (slow)",
    );
}

#[test]
fn the_message_is_bounded() {
    let mut builder = Panopticon::empty();
    for number in 10..30 {
        let message = "x".repeat(3_000);
        builder = builder.check(format!("check-{number}"), options(), move || {
            let message = message.clone();
            async move { Health::unhealthy(message) }
        });
    }
    let health = health_of(&builder.build().unwrap(), Disclosure::Full, 503);
    let message = health.message().unwrap();
    assert!(message.starts_with("the service is unhealthy: check-10 (xxx"), "{message}");
    assert!(message.ends_with("…) and 10 more"), "{message}");
    assert!(message.len() < 2_500, "{}", message.len());
}

#[tokio::test]
async fn draining_is_shown() {
    let service = Panopticon::empty().check("a", options(), || async {}).build().unwrap();
    service.drain();
    let report = service.report().await;
    let body = serde_json::to_string(&report).unwrap();
    let health = health_of_answer(503, body);
    assert_health(&health, Status::Degraded, "the service is draining");
    assert_eq!(health.detail("draining"), Some(&true.into()));
    // Of the readiness probe, which fails because of it.
    let report = service.probe(panopticon::Probe::Readiness).await;
    let health = health_of_answer(503, serde_json::to_string(&report).unwrap());
    assert_health(&health, Status::Degraded, "the service is draining");
    let service = orders();
    service.drain();
    let report = service.report().await;
    assert_unhealthy(
        &health_of_answer(503, serde_json::to_string(&report).unwrap()),
        "the service is draining and unhealthy: database (connection refused); 2 more wait for it",
    );
}

#[test]
fn python_panopticons_report_is_read() {
    let health = health_of_answer(
        500,
        r#"{"service_healthy": false, "timestamp": "2014-09-03T23:09:38.702Z", "components": {
            "database": {"healthy": false, "response_time": 0.5, "status_message": "no answer"},
            "queue": {"healthy": true, "response_time": 0.00123}
        }}"#
        .to_owned(),
    );
    assert_unhealthy(&health, "the service is unhealthy: database (no answer)");
}

#[test]
fn what_is_not_a_report_is_unhealthy() {
    assert_unhealthy(
        &health_of_answer(502, "<html>Bad Gateway</html>".to_owned()),
        "server responded with unexpected status code: 502 (expected 200)",
    );
    for body in ["<html>", "{}", r#"{"status": "UP"}"#] {
        assert_unhealthy_beginning(
            &health_of_answer(200, body.to_owned()),
            "the response is not a report of panopticon; give the URL of one, such as \
             `http://host/healthcheck` (",
        );
    }
    let service = Panopticon::empty().check("a", options(), || async {}).build().unwrap();
    assert_unhealthy(
        &health_of(&service, Disclosure::Full, 500),
        "server responded with unexpected status code: 500 (expected 200), although its report is \
         healthy",
    );
    let check = check_url("http://localhost:1/").method("HEAD").panopticon_report();
    assert_unhealthy(
        &check.check_blocking(),
        "URL not checked: `panopticon_report` needs a `method` other than HEAD, whose response has \
         no body",
    );
}

/// Returns the text of a report in python-panopticon's format, which says that all is well.
fn healthy_report(components: &str) -> String {
    format!(
        r#"{{"service_healthy": true, "timestamp": "2014-09-03T23:09:38.702Z", "components": {{{components}}}}}"#
    )
}

#[test]
fn a_report_that_no_check_is_behind_is_not_healthy() {
    assert_health(
        &health_of_answer(200, healthy_report("")),
        Status::Degraded,
        "the service's report has no components, so none of its checks says that it is healthy",
    );
    for (component, status, message) in [
        (r#""healthy": false"#, Status::Unhealthy, "the service is unhealthy: a"),
        (
            r#""healthy": false, "status": "unknown""#,
            Status::Unhealthy,
            "the service is not known to be healthy: a unknown",
        ),
        (r#""healthy": false, "critical": false"#, Status::Degraded, "the service is degraded: a"),
        (
            r#""healthy": true, "status": "degraded""#,
            Status::Degraded,
            "the service is degraded: a degraded",
        ),
    ] {
        let component = format!(r#""a": {{{component}, "response_time": 0.1}}"#);
        assert_health(&health_of_answer(200, healthy_report(&component)), status, message);
    }
}

#[test]
fn what_a_report_says_stays_in_its_line() {
    let health = health_of_answer(
        503,
        r#"{"service_healthy": false, "timestamp": "2014-09-03T23:09:38.702Z", "components": {
            "a\n\u001b[2J": {"healthy": false, "response_time": 0.1, "friendly_status": "b\u202e\r\n"}
        }}"#
        .to_owned(),
    );
    assert_unhealthy(&health, r"the service is unhealthy: a\n\u{1b}[2J (b\u{202e}\r\n)");
}

#[test]
fn more_can_be_expected_of_a_healthy_report() {
    let service = Panopticon::empty()
        .check("a", options(), || async { Health::healthy("").with("version", 7) })
        .build()
        .unwrap();
    let body = serde_json::to_string(&service.report_blocking()).unwrap();
    let server = Server::answering(move |_| respond(200, &body));
    let check = |version: u8| {
        check_url(server.url("/"))
            .panopticon_report()
            .json_path("$.components.a.version", version)
            .check_blocking()
    };
    assert_health(&check(7), Status::Healthy, "the service is healthy");
    assert_unhealthy_beginning(&check(8), "the response's JSON is not as expected: ");
}

#[test]
fn json_is_asked_for() {
    let server = Server::with_status(503);
    let check = |check: UrlCheck| check.panopticon_report().check_blocking();
    let _ = check(check_url(server.url("/")));
    assert!(server.head().contains("\r\naccept: application/json\r\n"));
    let _ = check(check_url(server.url("/")).header("Accept", "*/*"));
    assert!(server.head().contains("\r\naccept: */*\r\n"));
}

#[cfg(feature = "server")]
#[tokio::test]
async fn a_real_service_is_read() {
    let service = orders();
    let server = service.serve("127.0.0.1:0").unwrap();
    let url = format!("http://{}/healthcheck", server.local_addr().unwrap());
    assert_unhealthy(
        &check_url(url).panopticon_report().await,
        "the service is unhealthy: database (connection refused); 2 more wait for it",
    );
    server.stop().await;
}
