//! Processes end after a signal, whatever hangs in them.

use std::convert::Infallible;
use std::future::pending;
use std::io::{Read, Write as _};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use http_body::Frame;
use panopticon::{Builder, CheckOptions, Component, Panopticon, Publisher};
use tokio::net::TcpListener;

use crate::child_process::{Service, probe_until_the_end, scenario, send};
#[cfg(feature = "tracing")]
use crate::log_events::{EventHandler, Fields};

const GRACE: Duration = Duration::from_millis(200);
const TIMEOUT: Duration = Duration::from_millis(200);
/// Bounds the shutdown of services that would not end by themselves.
const LIMIT: Duration = Duration::from_millis(800);

const CHILD: &str = "exit::child";

#[test]
#[ignore = "started by the tests below"]
fn child() {
    let Some(scenario) = scenario() else { return };
    #[cfg(feature = "tracing")]
    log_to_stderr(scenario == "blocks in the log");
    let healthy = Panopticon::empty().timeout(TIMEOUT).check("database", options(), || async {});
    match &*scenario {
        "blocks in a check" => serve(healthy.check_blocking("hangs", options(), block), None),
        "blocks in a publisher" => serve(healthy.publish(Hangs), None),
        "blocks its runtime" => {
            serve(healthy.check("hangs", options(), || async { block() }), Some(LIMIT));
        }
        "streams" | "blocks in the log" => serve(healthy, Some(LIMIT)),
        "drops its last handle" => {
            let health = healthy.build().unwrap();
            health.exit_after_drain(LIMIT).unwrap();
            health.drain();
            drop(health);
            block();
        }
        "publishes slowly" => {
            let health = healthy.publish(Slow).build().unwrap();
            health.exit_after_drain(Duration::ZERO).unwrap();
            health.drain();
            block();
        }
        "stays" => {
            let health = healthy.build().unwrap();
            health.exit_after_drain(LIMIT).unwrap();
            health.drain();
            health.undrain();
            thread::sleep(2 * LIMIT);
        }
        unknown => panic!("unknown scenario {unknown}"),
    }
}

fn options() -> CheckOptions {
    CheckOptions::new()
}

fn block() {
    loop {
        thread::park();
    }
}

/// Serves as `#[tokio::main]` does, until the grace period after a signal is over.
fn serve(builder: Builder, limit: Option<Duration>) {
    // One thread, so that one call that blocks it wedges the runtime.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let health = builder.build().unwrap();
        let app = Router::new()
            .merge(health.router())
            .route("/stream", get(|| async { Body::new(Endless { has_begun: false }) }));
        let drained = health.drain_on_signal(GRACE).unwrap();
        if let Some(limit) = limit {
            health.exit_after_drain(limit).unwrap();
        }
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        println!("\nlistening {}", listener.local_addr().unwrap());
        axum::serve(listener, app).with_graceful_shutdown(drained).await.unwrap();
        health.shutdown().await;
    });
    // Waits for the runtime's threads.
    drop(runtime);
}

/// The body of an answer that begins and never ends.
struct Endless {
    has_begun: bool,
}

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if std::mem::replace(&mut self.has_begun, true) {
            return Poll::Pending;
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"begins")))))
    }
}

/// A publisher that hangs.
struct Hangs;

impl Publisher for Hangs {
    fn result(&mut self, _: &str, _: &Component) {
        block();
    }
}

/// A publisher that takes a while.
struct Slow;

impl Publisher for Slow {
    fn draining(&mut self, _: bool) {
        thread::sleep(Duration::from_millis(100));
        let _ = writeln!(std::io::stderr(), "published");
    }
}

/// Writes events of the library to standard error, and may block at errors.
#[cfg(feature = "tracing")]
fn log_to_stderr(blocks: bool) {
    let handler = EventHandler::new(
        |event| event.target() == "panopticon",
        move |event, Fields { line, .. }| {
            if blocks && *event.level() == tracing::Level::ERROR {
                block();
            }
            eprintln!("{}{line}", event.level());
        },
    );
    tracing::subscriber::set_global_default(handler).unwrap();
}

/// Starts a service that is probed.
fn probed(scenario: &str) -> (Service, SocketAddr) {
    let (service, address) = Service::listening(CHILD, scenario);
    // The first request has begun before the signal.
    let mut first = send(address, "/healthcheck/readiness");
    first.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let _ = first.read_to_end(&mut Vec::new());
    probe_until_the_end(address);
    (service, address)
}

/// Sends SIGTERM, and returns the exit status and the log of the service.
fn terminate(mut service: Service) -> (Option<i32>, String) {
    service.send("TERM");
    let (status, log) = service.end();
    (status.code(), log)
}

#[test]
fn a_service_stops_although_a_blocking_check_hangs() {
    let (status, log) = terminate(probed("blocks in a check").0);
    assert_eq!(status, Some(0), "{log}");
}

#[test]
fn a_service_stops_although_a_publisher_hangs() {
    let (status, log) = terminate(probed("blocks in a publisher").0);
    assert_eq!(status, Some(0), "{log}");
}

#[test]
fn a_service_with_a_bound_ends_although_its_runtime_is_wedged() {
    let (status, log) = terminate(probed("blocks its runtime").0);
    assert_eq!(status, Some(1), "{log}");
    assert!(log.contains("the process did not stop"), "{log}");
    assert!(log.contains("hangs for "), "{log}");
    if cfg!(feature = "tracing") {
        assert!(log.contains("INFO message=service is draining"), "{log}");
        assert!(log.contains("ERROR"), "{log}");
    }
}

#[test]
fn a_service_with_a_bound_ends_although_a_client_keeps_a_stream_open() {
    let (service, address) = probed("streams");
    let mut stream = send(address, "/stream");
    let mut received = String::new();
    while !received.contains("begins") {
        let mut buffer = [0; 1024];
        let length = stream.read(&mut buffer).unwrap();
        assert_ne!(length, 0, "{received}");
        received.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
    }
    let (status, log) = terminate(service);
    assert_eq!(status, Some(1), "{log}");
    assert!(log.contains("the process did not stop"), "{log}");
}

#[cfg(feature = "tracing")]
#[test]
fn a_service_with_a_bound_ends_although_its_log_blocks() {
    let (service, address) = probed("blocks in the log");
    let _stream = send(address, "/stream");
    assert_eq!(terminate(service).0, Some(1));
}

#[test]
fn a_process_whose_last_handle_was_dropped_while_draining_still_ends() {
    let (status, log) = Service::start(CHILD, "drops its last handle").end();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("the process did not stop"), "{log}");
}

#[test]
fn a_process_does_not_end_before_publishers_have_handled_what_is_queued() {
    let (status, log) = Service::start(CHILD, "publishes slowly").end();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("published"), "{log}");
}

#[test]
fn a_process_that_has_stopped_draining_goes_on() {
    let (status, log) = Service::start(CHILD, "stays").end();
    assert_eq!(status.code(), Some(0), "{log}");
}

/// This test is the only one that bounds a service of this process.
#[cfg(target_os = "linux")]
#[test]
fn the_thread_of_the_bound_ends_with_a_service_that_does_not_drain() {
    let is_alive = || {
        std::fs::read_dir("/proc/self/task").unwrap().any(|task| {
            let name = std::fs::read_to_string(task.unwrap().path().join("comm"));
            name.is_ok_and(|name| name.trim_end() == "panopticon-exit")
        })
    };
    let health = Panopticon::empty().check("a", options(), pending::<()>).build().unwrap();
    health.exit_after_drain(Duration::ZERO).unwrap();
    while !is_alive() {
        thread::yield_now();
    }
    drop(health);
    while is_alive() {
        thread::yield_now();
    }
}
