//! Outgoing heartbeats, received by real servers.

use std::future::pending;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use panopticon::{
    Builder, CheckOptions, Disclosure, Health, Panopticon, Probe, ProblemKind, Status,
};
use tokio::time::{Instant, sleep};

use crate::own_process::printed_by;
use crate::scripted::Scripted;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A part of everything that must not be shown.
const SECRET: &str = "correct-horse-battery-staple";

/// Much longer than anything takes. Only a test that fails waits that long.
const TOO_LONG: Duration = Duration::from_secs(60);

type Requests = Arc<Mutex<Vec<Request>>>;

#[derive(Debug, Clone)]
struct Request {
    /// The method and the path with the query.
    target: String,
    /// The head, in lower case.
    head: String,
    body: String,
}

/// A server that answers each request with the response it was last given. Without one, it hangs.
struct Receiver {
    address: SocketAddr,
    requests: Requests,
    response: Arc<Mutex<Option<String>>>,
}

impl Receiver {
    fn new(status: &str) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), status)
    }

    fn on(listener: TcpListener, status: &str) -> Self {
        let address = listener.local_addr().unwrap();
        let (requests, response) = (Requests::default(), Arc::new(Mutex::default()));
        let receiver =
            Self { address, requests: Arc::clone(&requests), response: Arc::clone(&response) };
        receiver.respond(status, "");
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (requests, response) = (Arc::clone(&requests), Arc::clone(&response));
                // A client that hangs must not hold up the next one.
                thread::spawn(move || converse(connection.unwrap(), &requests, &response));
            }
        });
        receiver
    }

    /// Sets the status line's end and further headers, such as `302 Found\r\nLocation: /`.
    fn respond(&self, status: &str, body: &str) {
        let length = body.len();
        let response = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        *self.response.lock().unwrap() = Some(response);
    }

    fn hang(&self) {
        *self.response.lock().unwrap() = None;
    }

    /// Returns the requests since the last call.
    fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }

    fn targets(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.target).collect()
    }

    /// Waits for a request in real time.
    fn wait_for(&self, target: &str) {
        let start = std::time::Instant::now();
        while !self.requests.lock().unwrap().iter().any(|it| it.target == target) {
            assert!(start.elapsed() < TOO_LONG, "no {target}: {:?}", self.requests());
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn url(&self, rest: &str) -> String {
        format!("http://{}{rest}", self.address)
    }
}

fn converse(mut stream: TcpStream, requests: &Requests, response: &Mutex<Option<String>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(" HTTP/1.1").next().unwrap().to_owned();
    let head = head.to_lowercase();
    let length = head
        .split("content-length: ")
        .nth(1)
        .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    requests.lock().unwrap().push(Request { target, head, body });
    let response = response.lock().unwrap().clone();
    match response {
        Some(response) => drop(stream.write_all(response.as_bytes())),
        // Until the client gives up.
        None => while stream.read(&mut byte).unwrap_or(0) > 0 {},
    }
}

fn options() -> CheckOptions {
    CheckOptions::new()
}

fn every_second() -> CheckOptions {
    options().interval(SECOND)
}

fn service(check: &Scripted) -> Builder {
    Panopticon::empty().check("database", every_second(), check.check())
}

const HEALTHCHECKS_IO: &str = "/5f0c{|/fail|/start}";

#[tokio::test(start_paused = true)]
async fn healthchecks_io_gets_the_start_success_failure_and_recovery() {
    let (receiver, check) = (Receiver::new("200 OK"), Scripted::healthy());
    let _health = service(&check).heartbeat_url(receiver.url(HEALTHCHECKS_IO)).build().unwrap();
    sleep(15 * SECOND).await;
    let requests = receiver.requests();
    let targets: Vec<_> = requests.iter().map(|request| &*request.target).collect();
    assert_eq!(targets, ["POST /5f0c/start", "POST /5f0c"]);
    assert_eq!(requests[1].body, "service healthy");
    assert!(requests[1].head.contains("content-type: text/plain; charset=utf-8"));
    sleep(MINUTE).await;
    assert_eq!(receiver.targets(), ["POST /5f0c"]);

    sleep(15 * SECOND).await;
    check.say(Health::unhealthy("no answer\nREADY=1"));
    // The check runs each second, and is the first to notice.
    sleep(3 * SECOND).await;
    let request = receiver.requests().remove(0);
    assert_eq!(request.target, "POST /5f0c/fail");
    assert_eq!(request.body, r"service unhealthy: database unhealthy (no answer\nREADY=1)");
    check.say(Health::healthy("answers"));
    sleep(12 * SECOND).await;
    assert_eq!(receiver.targets(), ["POST /5f0c"], "a recovery is reported at once as well");
}

#[tokio::test(start_paused = true)]
async fn uptime_kuma_gets_the_message_in_the_query() {
    let (receiver, check) = (Receiver::new("200 OK"), Scripted::healthy());
    let health = Panopticon::empty().check("database", options(), check.check());
    let url = receiver.url("/api/push/t0ken?status={up|down}&msg={message}&ping=");
    let _health = health.heartbeat_url(format!("GET {url}")).build().unwrap();
    sleep(SECOND).await;
    let request = receiver.requests().remove(0);
    assert_eq!(request.target, "GET /api/push/t0ken?status=up&msg=service%20healthy&ping=");
    assert_eq!(request.body, "");
    assert!(!request.head.contains("content-length"), "{}", request.head);
    check.say(Health::unhealthy("50% & a=b#?/\u{e4}"));
    sleep(MINUTE).await;
    assert_eq!(
        receiver.targets(),
        [
            "GET /api/push/t0ken?status=down&msg=service%20unhealthy%3A%20database%20unhealthy%20%2850%25\
          %20%26%20a%3Db%23%3F%2F%C3%A4%29&ping="
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn gatus_gets_the_token() {
    let (receiver, check) = (Receiver::new("200 OK"), Scripted::new(Health::unhealthy("down")));
    let url =
        receiver.url("/api/v1/endpoints/core_shop/external?success={true|false}&error={message}");
    let _health = Panopticon::empty()
        .check("database", options(), check.check())
        .heartbeat_url(url)
        .heartbeat_token("t0ken")
        .build()
        .unwrap();
    sleep(SECOND).await;
    let request = receiver.requests().remove(0);
    assert_eq!(
        request.target,
        "POST /api/v1/endpoints/core_shop/external?success=false&error=service%20unhealthy%3A%20database\
         %20unhealthy%20%28down%29"
    );
    assert!(request.head.contains("\r\nauthorization: bearer t0ken\r\n"), "{}", request.head);
}

#[tokio::test(start_paused = true)]
async fn a_failing_service_does_not_call_a_url_without_alternatives() {
    let (receiver, check) = (Receiver::new("200 OK"), Scripted::healthy());
    let _health = service(&check).heartbeat_url(receiver.url("/ping")).build().unwrap();
    sleep(90 * SECOND).await;
    assert!(!receiver.targets().is_empty());
    check.say(Health::unhealthy("down"));
    sleep(2 * SECOND).await;
    receiver.requests();
    sleep(10 * MINUTE).await;
    assert_eq!(receiver.targets(), [""; 0]);
    check.say(Health::degraded("slow"));
    sleep(2 * SECOND).await;
    assert_eq!(receiver.targets(), ["POST /ping"], "degraded is served");
}

/// Lets this time pass, and returns the seconds at which requests came.
async fn seconds_of_requests(receiver: &Receiver, time: Duration) -> Vec<u64> {
    let start = Instant::now();
    let mut seconds = Vec::new();
    while start.elapsed() < time {
        sleep(SECOND).await;
        let second = start.elapsed().as_secs();
        seconds.extend(receiver.requests().iter().map(|_| second));
    }
    seconds
}

#[tokio::test(start_paused = true)]
async fn there_are_never_two_calls_within_ten_seconds() {
    let (receiver, check) = (Receiver::new("200 OK"), Scripted::healthy());
    let _health = service(&check).heartbeat_url(receiver.url(HEALTHCHECKS_IO)).build().unwrap();
    let flaps = check.clone();
    tokio::spawn(async move {
        for number in 0.. {
            flaps.say(if number % 2 == 0 { Health::unhealthy("") } else { Health::healthy("") });
            sleep(3 * SECOND).await;
        }
    });
    let seconds = seconds_of_requests(&receiver, 10 * MINUTE).await;
    assert!(seconds.len() > 30, "{seconds:?}");
    assert!(seconds.windows(2).all(|pair| pair[1] - pair[0] >= 10), "{seconds:?}");
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_fails_is_tried_again_and_not_reported_to_itself() {
    let (receiver, check) = (Receiver::new("500 Broken"), Scripted::healthy());
    let health = service(&check).heartbeat_url(receiver.url("/ping{|/fail}")).build().unwrap();
    let seconds = seconds_of_requests(&receiver, 59 * SECOND).await;
    let waits: Vec<_> = seconds.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((10..=16).contains(&waits[0]) && (20..=31).contains(&waits[1]), "{waits:?}");
    let heartbeat = async || health.check("heartbeat").await.unwrap();
    assert_eq!(heartbeat().await.status(), Status::Degraded);
    let message = format!("heartbeats fail: http://{} responded 500", receiver.address);
    assert_eq!(heartbeat().await.message(), Some(&*message));

    let seconds = seconds_of_requests(&receiver, 10 * MINUTE).await;
    assert!((9..=11).contains(&seconds.len()), "once in an interval: {seconds:?}");
    let report = health.report().await;
    assert_eq!(report.component("heartbeat").unwrap().status(), Status::Unhealthy);
    assert!(report.service_healthy(), "it is optional");
    assert!(health.probe(Probe::Readiness).await.component("heartbeat").is_none());

    receiver.respond("201 Created", "");
    sleep(MINUTE + SECOND).await;
    let requests = receiver.requests();
    let last = requests.last().unwrap();
    assert_eq!((&*last.target, &*last.body), ("POST /ping", "service healthy"));
    assert_eq!(heartbeat().await.status(), Status::Healthy);
}

#[tokio::test(start_paused = true)]
async fn a_ping_that_healthchecks_io_drops_has_failed() {
    let (receiver, check) = (Receiver::new("200 OK"), Scripted::healthy());
    for (body, expected) in [
        ("OK", Status::Healthy),
        ("OK (not found)", Status::Degraded),
        ("OK (rate limited)", Status::Degraded),
    ] {
        receiver.respond("200 OK", body);
        let health = service(&check).heartbeat_url(receiver.url("/ping")).build().unwrap();
        sleep(15 * SECOND).await;
        assert_eq!(health.check("heartbeat").await.unwrap().status(), expected, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_not_followed() {
    let (elsewhere, check) = (Receiver::new("200 OK"), Scripted::healthy());
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let receiver = Receiver::new(&format!("{status}\r\nlocation: {}", elsewhere.url("/")));
        let health = service(&check)
            .heartbeat_url(receiver.url(&format!("/{SECRET}")))
            .heartbeat_token(SECRET)
            .build()
            .unwrap();
        sleep(15 * SECOND).await;
        assert!(!receiver.requests().is_empty());
        let component = health.check("heartbeat").await.unwrap();
        let message = component.message().unwrap();
        assert!(message.contains("a redirect, which is not followed"), "{message}");
        assert!(!message.contains(SECRET), "{message}");
    }
    assert_eq!(elsewhere.targets(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_away_is_called_once_it_is_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let check = Scripted::healthy();
    let url = format!("http://{address}/{SECRET}");
    let health = service(&check).heartbeat_url(url).build().unwrap();
    sleep(15 * SECOND).await;
    let component = health.check("heartbeat").await.unwrap();
    let message = component.message().unwrap().to_owned();
    let expected = format!("heartbeats fail: http://{address} does not respond: ");
    assert!(message.starts_with(&expected), "{message}");
    assert!(!message.contains(SECRET), "{message}");
    let receiver = Receiver::on(TcpListener::bind(address).unwrap(), "200 OK");
    sleep(MINUTE).await;
    assert!(!receiver.requests().is_empty());
    assert_eq!(health.check("heartbeat").await.unwrap().status(), Status::Healthy);
}

/// In real time, which the limit of a call follows.
#[test]
fn a_receiver_that_hangs_blocks_nothing() {
    let receiver = Receiver::new("200 OK");
    receiver.hang();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let health = Panopticon::empty()
            .check("database", options(), || async {})
            .heartbeat_url(receiver.url("/ping"))
            .build()
            .unwrap();
        receiver.wait_for("POST /ping");
        assert!(health.report().await.service_healthy());
        let start = std::time::Instant::now();
        while health.check("heartbeat").await.unwrap().status() == Status::Healthy {
            assert!(start.elapsed() < TOO_LONG, "the call has no limit");
            sleep(Duration::from_millis(50)).await;
        }
        let component = health.check("heartbeat").await.unwrap();
        let message = component.message().unwrap();
        assert!(message.ends_with("does not respond: it took longer than 10s"), "{message}");
        health.shutdown().await;
    });
}

#[tokio::test(start_paused = true)]
async fn a_service_that_starts_does_not_fail() {
    let (receiver, check) = (Receiver::new("200 OK"), Scripted::new(Health::unhealthy("loading")));
    for (template, expected) in [
        (HEALTHCHECKS_IO, &["POST /5f0c/start", "POST /5f0c"][..]),
        ("/5f0c{|/fail}", &["POST /5f0c"]),
    ] {
        check.say(Health::unhealthy("loading"));
        let delayed = every_second().initial_delay(MINUTE);
        let health = Panopticon::empty()
            .check("rates", options().interval(HOUR).initial_delay(90 * SECOND), || async {})
            .check("queue", delayed, || async {})
            .check("cache", options().probe(Probe::Startup), check.check())
            .heartbeat_interval(30 * SECOND)
            .heartbeat_url(receiver.url(template))
            .build()
            .unwrap();
        sleep(10 * MINUTE).await;
        check.say(Health::healthy("loaded"));
        sleep(20 * SECOND).await;
        assert_eq!(receiver.targets(), expected);
        // From then on, it can fail.
        health
            .set_override(
                "queue",
                panopticon::Override::new(Status::Unhealthy, "test").lasting(HOUR),
            )
            .unwrap();
        sleep(20 * SECOND).await;
        assert_eq!(receiver.targets(), ["POST /5f0c/fail"]);
        health.shutdown().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_never_worked_fails_once_its_checks_have_answered() {
    let (receiver, check) = (Receiver::new("200 OK"), Scripted::new(Health::unhealthy("down")));
    let _health = service(&check).heartbeat_url(receiver.url(HEALTHCHECKS_IO)).build().unwrap();
    sleep(15 * SECOND).await;
    assert_eq!(receiver.targets().last().unwrap(), "POST /5f0c/fail");
}

#[tokio::test(start_paused = true)]
async fn draining_changes_nothing_and_stopping_ends_calls() {
    let check = Scripted::healthy();
    for stops in ["shut down", "stopped by a signal", "dropped"] {
        let receiver = Receiver::new("200 OK");
        let health = service(&check).heartbeat_url(receiver.url("/ping{|/fail}")).build().unwrap();
        health.drain();
        sleep(3 * MINUTE).await;
        let targets = receiver.targets();
        assert!(targets.len() >= 3 && targets.iter().all(|it| it == "POST /ping"), "{targets:?}");
        match stops {
            "shut down" => health.shutdown().await,
            "dropped" => drop(health),
            _ => {
                let stop = health.drain_when(async {}, MINUTE);
                stop.await;
                assert_eq!(receiver.targets(), ["POST /ping"], "during the grace period");
                tokio::spawn(async move {
                    let _health = health;
                    pending::<()>().await;
                });
            }
        }
        sleep(10 * MINUTE).await;
        assert_eq!(receiver.targets(), [""; 0], "{stops}");
    }
}

#[test]
fn a_service_whose_runtime_is_stuck_fails() {
    let receiver = Receiver::new("200 OK");
    // Nothing drives it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let health = {
        let _context = runtime.enter();
        Panopticon::empty()
            .check("database", options().timeout(SECOND / 20), || async {})
            .heartbeat_url(receiver.url(HEALTHCHECKS_IO))
            .build()
            .unwrap()
    };
    receiver.wait_for("POST /5f0c/fail");
    drop(health);
}

#[test]
fn a_program_without_a_runtime_is_reported() {
    let receiver = Receiver::new("200 OK");
    let health = Panopticon::empty()
        .check("async", options(), || async {})
        .check_blocking("blocking", options(), || {})
        .heartbeat_url(receiver.url("/ping"))
        .build()
        .unwrap();
    receiver.wait_for("POST /ping");
    drop(health);
}

#[tokio::test(start_paused = true)]
async fn without_a_url_there_is_no_component() {
    let health = service(&Scripted::healthy()).build().unwrap();
    assert_eq!(health.components().len(), 1);
    let receiver = Receiver::new("200 OK");
    let builder = service(&Scripted::healthy()).heartbeat_url(receiver.url("/ping"));
    let health = builder.without("heartbeat").build().unwrap();
    assert_eq!(health.components().len(), 1);
    sleep(15 * SECOND).await;
    assert_eq!(receiver.targets(), ["POST /ping"], "the component is switched off, not the calls");
}

#[tokio::test]
async fn heartbeats_are_no_reason_to_build_a_service_without_checks() {
    let error = Panopticon::empty().heartbeat_url("http://127.0.0.1:9/").build().unwrap_err();
    assert!(error.to_string().contains("no health check"), "{error}");
    let builder = service(&Scripted::healthy()).heartbeat_url("http://127.0.0.1:9/");
    let error = builder.without("database").build().unwrap_err();
    assert_eq!(error.problems()[0].kind(), ProblemKind::NoHealthChecks);
    assert!(error.to_string().contains("all health checks are left out"), "{error}");
    let builder = service(&Scripted::healthy()).heartbeat_url("http://127.0.0.1:9/");
    let error = builder.without("database").without("heartbeat").build().unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
}

#[tokio::test]
async fn another_check_cannot_have_the_name_of_the_component() {
    let builder = Panopticon::empty().check("heartbeat", options(), || async {});
    builder.build().unwrap();
    let builder = Panopticon::empty().check("heartbeat", options(), || async {});
    let error = builder.heartbeat_url("http://127.0.0.1:9/").build().unwrap_err().to_string();
    let fix = "\n   pass another name to `.check(…)`; `.heartbeat_url(…)` needs this one";
    assert!(error.contains(fix), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_report_in_which_nothing_has_changed_is_repeated() {
    let receiver = Receiver::new("200 OK");
    let health =
        service(&Scripted::healthy()).heartbeat_url(receiver.url("/ping")).build().unwrap();
    sleep(15 * SECOND).await;
    let checked_at = async || {
        let report = health.report().await;
        report.component("heartbeat").unwrap().checked_at()
    };
    let first = checked_at().await;
    thread::sleep(Duration::from_millis(20));
    assert_eq!(checked_at().await, first, "the component is not checked for each report");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_published_and_shows_no_host_to_anonymous_readers() {
    let receiver = Receiver::new("500 Broken");
    let health =
        service(&Scripted::healthy()).heartbeat_url(receiver.url("/ping")).build().unwrap();
    let mut transitions = health.subscribe();
    // Nobody else requests a report in between.
    let transition = loop {
        let transition = transitions.next().await.unwrap().unwrap();
        if transition.name() == "heartbeat" && transition.to() == Status::Degraded {
            break transition;
        }
    };
    assert!(transition.to_string().contains("responded 500"), "{transition}");
    let report = health.report().await.disclosed(Disclosure::Authored);
    let message = report.component("heartbeat").unwrap().message();
    assert_eq!(message, Some("heartbeats fail"));
}

#[tokio::test]
async fn nothing_shows_the_url_or_the_token() {
    let check = Scripted::healthy();
    let url = format!("http://127.0.0.1:9/{SECRET}?{SECRET}");
    let builder = || service(&check).heartbeat_url(&url).heartbeat_token(SECRET);
    let shown = format!("{:?}", builder());
    assert!(shown.contains("127.0.0.1:9") && !shown.contains(SECRET), "{shown}");
    let health = builder().build().unwrap();
    let shown = format!("{:?}", health.settings());
    assert!(shown.contains(r#"heartbeat_url: Some("http://127.0.0.1:9")"#), "{shown}");
    assert!(!shown.contains(SECRET), "{shown}");
    for url in [
        format!("https://user:{SECRET}@hc.example/"),
        format!("https://hc.example/{SECRET}{{"),
        format!("hc.example/{SECRET}"),
    ] {
        let error = service(&check).heartbeat_url(url).build().unwrap_err().to_string();
        assert!(error.contains("the builder's `heartbeat_url` has a value that is not accepted"));
        assert!(!error.contains(SECRET), "{error}");
    }
    let error = service(&check).heartbeat_token(format!("{SECRET} ")).build().unwrap_err();
    assert!(!error.to_string().contains(SECRET), "{error}");
    let error = service(&check).heartbeat_interval(9 * SECOND).build().unwrap_err().to_string();
    assert!(error.contains(
        "`heartbeat_interval` must not be 9s; it takes a duration of at least 10 seconds"
    ));
}

#[test]
fn the_environment_sets_everything() {
    let receiver = Receiver::new("200 OK");
    let url = receiver.url(&format!("/{SECRET}{{|/fail}}"));
    let printed = printed_by(
        "heartbeat::prints_its_settings",
        &[
            ("PANOPTICON_HEARTBEAT_URL", &url),
            ("PANOPTICON_HEARTBEAT_INTERVAL", "5m"),
            ("PANOPTICON_HEARTBEAT_TOKEN", SECRET),
        ],
    );
    let request = receiver.requests().remove(0);
    assert_eq!(request.target, format!("POST /{SECRET}"));
    assert!(request.head.contains(&format!("authorization: bearer {SECRET}")));
    assert!(printed.contains("heartbeat_interval: 300s"), "{printed}");
    assert!(!printed.contains(SECRET), "{printed}");
    let bad = ("PANOPTICON_HEARTBEAT_URL", &*format!("{SECRET}.example"));
    let printed = printed_by("heartbeat::prints_its_settings", &[bad]);
    assert!(printed.contains("the environment variable `PANOPTICON_HEARTBEAT_URL` has a value"));
    assert!(!printed.contains(SECRET), "{printed}");
}

#[tokio::test(start_paused = true)]
#[ignore = "run by another test with an environment of its own"]
async fn prints_its_settings() {
    match service(&Scripted::healthy()).build() {
        Ok(health) => {
            println!("{:?}", health.settings());
            sleep(15 * SECOND).await;
        }
        Err(error) => println!("{error}"),
    }
}
