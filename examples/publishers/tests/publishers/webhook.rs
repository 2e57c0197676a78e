//! The webhook, sent to receivers that answer, fail, hang, redirect and come back.

use std::net::TcpListener;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use panopticon::{Health, Panopticon};
use publishers::webhook::{Options, Webhook};

use crate::server::{Answer, Server};
use crate::{LIMIT, Script, options};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const MILLISECOND: Duration = Duration::from_millis(1);

/// Times short enough for a test.
fn quick() -> Options {
    Options {
        source: "/orders".to_owned(),
        announces_start: false,
        min_time: Duration::ZERO,
        timeout: LIMIT,
        first_wait: MILLISECOND,
        longest_wait: 4 * MILLISECOND,
        ..Options::default()
    }
}

/// A service whose orders and invoices wait for its database.
fn service(url: &str, options_of_webhook: Options, database: &Script) -> Panopticon {
    Panopticon::empty()
        .check("database", options(), database.check())
        .check("invoices", options().depends_on("orders"), || async {})
        .check("orders", options().depends_on("database"), || async {})
        .publish_with(Webhook::new(url, SECRET, options_of_webhook).unwrap())
        .build()
        .unwrap()
}

fn failed() -> (String, String) {
    ("database".to_owned(), "failed".to_owned())
}

fn recovered() -> (String, String) {
    ("database".to_owned(), "recovered".to_owned())
}

#[tokio::test]
async fn an_incident_names_its_cause_and_what_waits_for_it_and_ends() {
    let server = Server::start(Answer::Status("204 No Content"));
    let database = Script::new(Health::healthy(""));
    let health = service(&server.url, quick(), &database);
    health.report().await;
    database.say(Health::unhealthy("no answer"));
    // After a second report, all components that wait for it are known.
    health.report().await;
    let request = server.next();
    assert_eq!(request.line, "POST /hooks/path-secret?key=query-secret HTTP/1.1");
    assert_eq!(request.headers["content-type"], "application/cloudevents+json; charset=utf-8");
    let event = request.json();
    assert_eq!(event["id"], request.headers["webhook-id"]);
    for (key, expected) in [
        ("specversion", "1.0"),
        ("type", "io.panopticon.component.failed"),
        ("source", "/orders"),
        ("subject", "database"),
        ("datacontenttype", "application/json"),
    ] {
        assert_eq!(event[key], expected);
    }
    assert!(event["time"].as_str().unwrap().ends_with("+00:00"));
    assert_eq!(event.get("dropped"), None);
    let data = &event["data"];
    assert_eq!((&data["status"], &data["message"]), (&"unhealthy".into(), &"no answer".into()));
    assert_eq!((&data["critical"], &data["component"]), (&true.into(), &"database".into()));
    assert_eq!(data["waiting"], serde_json::json!(["invoices", "orders"]));

    database.say(Health::healthy("back"));
    health.report().await;
    let request = server.next();
    assert_eq!(request.happened(), recovered());
    assert_eq!(request.json()["data"].get("waiting"), None);
    assert_ne!(request.json()["id"], event["id"]);
    drop(health);
    assert!(server.rest().is_empty(), "what waits for the database has no events");
}

#[tokio::test]
async fn a_restart_ends_what_the_process_before_it_left_open() {
    let server = Server::start(Answer::Status("500 Internal Server Error"));
    let database = Script::new(Health::unhealthy("no answer"));
    let health = service(&server.url, Options { announces_start: true, ..quick() }, &database);
    let started = server.next();
    assert_eq!(started.json()["type"], "io.panopticon.service.started");
    assert_eq!(
        (&started.json()["source"], started.json().get("subject")),
        (&"/orders".into(), None)
    );
    assert!(started.json()["time"].as_str().unwrap().ends_with("+00:00"));
    // Not before the receiver has it.
    health.report().await;
    assert_eq!(server.next().body, started.body);
    server.set(Answer::Status("200 OK"));
    let mut next = server.next();
    while next.body == started.body {
        next = server.next();
    }
    assert_eq!(next.happened(), failed());
}

/// Verifies the signature of a request, as a receiver in Python does.
const VERIFY: &str = "
import base64, hashlib, hmac, sys
secret, id, timestamp, signature, body = sys.argv[1:]
key = base64.b64decode(secret.removeprefix('whsec_'))
expected = hmac.new(key, f'{id}.{timestamp}.{body}'.encode(), hashlib.sha256).digest()
version, found = signature.split(',')
sys.exit(0 if version == 'v1' and hmac.compare_digest(expected, base64.b64decode(found)) else 3)
";

#[tokio::test]
async fn python_accepts_the_signature_and_refuses_it_for_anything_else() {
    let server = Server::start(Answer::Status("200 OK"));
    let database = Script::new(Health::unhealthy("no “answer” 🦀"));
    let health = service(&server.url, quick(), &database);
    health.report().await;
    let request = server.next();
    let header = |name: &str| request.headers[name].clone();
    let verify = |secret: &str, body: &str| {
        let mut python = Command::new("python3");
        python.args(["-c", VERIFY, secret, &header("webhook-id"), &header("webhook-timestamp")]);
        python.args([&header("webhook-signature"), body]).status().map(|status| status.code())
    };
    let Ok(code) = verify(SECRET, &request.body) else {
        eprintln!("SKIPPED: python3 is not installed");
        return;
    };
    assert_eq!(code, Some(0));
    assert_eq!(verify(SECRET, &request.body.replace("no", "yes")).unwrap(), Some(3));
    assert_eq!(verify("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", &request.body).unwrap(), Some(3));
}

#[tokio::test]
async fn an_event_is_sent_again_until_a_receiver_that_fails_comes_back() {
    let server = Server::start(Answer::Status("500 Internal Server Error"));
    let database = Script::new(Health::unhealthy("no answer"));
    let health = service(&server.url, quick(), &database);
    health.report().await;
    let first = server.next();
    for answer in [
        Answer::Closes,
        Answer::Status("429 Too Many Requests"),
        Answer::Status("503 Service Unavailable"),
        Answer::Status("200 OK"),
    ] {
        server.set(answer);
        let again = server.next();
        assert_eq!((again.happened(), &again.body), (failed(), &first.body));
        assert_eq!(again.headers["webhook-id"], first.headers["webhook-id"]);
    }
    // In order: it waits for the one before it.
    database.say(Health::healthy("back"));
    health.report().await;
    while server.next().happened() != recovered() {}
}

#[tokio::test]
async fn a_receiver_that_hangs_is_given_up_after_the_timeout() {
    let server = Server::start(Answer::Hangs);
    let database = Script::new(Health::unhealthy("no answer"));
    let health = service(&server.url, Options { timeout: 20 * MILLISECOND, ..quick() }, &database);
    health.report().await;
    assert_eq!(server.next().happened(), failed());
    server.set(Answer::Status("200 OK"));
    // One that was read before, or the one that it answers.
    assert_eq!(server.next().happened(), failed());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::start(Answer::Status("200 OK"));
    let server = Server::start(Answer::Redirect(other.url.clone()));
    let database = Script::new(Health::unhealthy("no answer"));
    let health = service(&server.url, quick(), &database);
    health.report().await;
    for _ in 0..3 {
        assert_eq!(server.next().happened(), failed());
    }
    server.set(Answer::Status("200 OK"));
    database.say(Health::healthy(""));
    health.report().await;
    while server.next().happened() != recovered() {}
    assert!(other.rest().is_empty());
}

#[tokio::test]
async fn the_oldest_events_are_dropped_for_a_receiver_that_is_down_and_counted() {
    let server = Server::start(Answer::Status("503 Service Unavailable"));
    let database = Script::new(Health::healthy(""));
    let health = service(&server.url, Options { capacity: 1, ..quick() }, &database);
    health.report().await;
    // Each is in the queue, in place of the one before it, before the next one happens.
    for dropped in 0..4_u64 {
        let is_failing = dropped % 2 == 0;
        database.say(if is_failing { Health::unhealthy("") } else { Health::healthy("") });
        health.report().await;
        while server.next().json()["dropped"].as_u64().unwrap_or(0) != dropped {}
    }
    server.set(Answer::Status("200 OK"));
    let mut arrived = server.next();
    while arrived.answer != Answer::Status("200 OK") {
        arrived = server.next();
    }
    assert_eq!((arrived.happened(), &arrived.json()["dropped"]), (recovered(), &3.into()));

    database.say(Health::unhealthy(""));
    health.report().await;
    let next = server.next();
    assert_eq!((next.happened(), next.json().get("dropped")), (failed(), None));
}

#[tokio::test]
async fn an_event_that_the_receiver_refuses_does_not_hold_up_the_next_one() {
    let server = Server::start(Answer::Status("400 Bad Request"));
    let database = Script::new(Health::unhealthy("no answer"));
    let health = service(&server.url, quick(), &database);
    health.report().await;
    assert_eq!(server.next().happened(), failed());
    server.set(Answer::Status("200 OK"));
    database.say(Health::healthy(""));
    health.report().await;
    let next = server.next();
    assert_eq!((next.happened(), &next.json()["dropped"]), (recovered(), &1.into()));
}

/// The log of this process.
static LOG: Log = Log(Mutex::new(String::new()));

struct Log(Mutex<String>);

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}: {}\n", record.level(), record.target(), record.args());
        self.0.lock().unwrap().push_str(&line);
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn neither_the_url_nor_the_secret_is_in_a_log_or_an_error() {
    log::set_logger(&LOG).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    // Nothing listens at the second one, and the third one speaks TLS.
    let refused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Server::start(Answer::Status("500 Internal Server Error"));
    let tls = server.url.replace("http:", "https:");
    let urls = [server.url.clone(), format!("http://{refused}/path-secret?key=query-secret"), tls];
    let services = urls.map(|url| {
        let database = Script::new(Health::unhealthy("no answer"));
        service(&url, Options { timeout: Duration::from_secs(1), ..quick() }, &database)
    });
    for health in &services {
        health.report().await;
    }
    server.next();
    let start = std::time::Instant::now();
    let is_logged = |text: &str| LOG.0.lock().unwrap().contains(text);
    for reason in ["no connection to the receiver", "answered with 500", "no TLS with"] {
        while !is_logged(reason) {
            assert!(start.elapsed() < LIMIT, "{}", LOG.0.lock().unwrap());
            std::thread::sleep(MILLISECOND);
        }
    }
    for secret in ["path-secret", "query-secret", SECRET, &SECRET[6..]] {
        assert!(!is_logged(secret), "{}", LOG.0.lock().unwrap());
    }

    let error = |url: &str, secret: &str| Webhook::new(url, secret, quick()).err().unwrap();
    let invalid = error("ftp://example.com/path-secret", SECRET);
    assert_eq!(invalid, "the URL must be one of HTTP or HTTPS, with a host");
    assert_eq!(error("http:///path-secret", SECRET), invalid);
    let invalid = error(&server.url, &SECRET[6..]);
    assert_eq!(invalid, "the secret must be `whsec_`, followed by 24 to 64 bytes as base64");
}
