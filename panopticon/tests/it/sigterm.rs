//! Draining and stopping on SIGTERM, in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use panopticon::{CheckOptions, Panopticon, Probe};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::{advance, sleep};

use crate::scripted::HeldClock;

const GRACE_PERIOD: Duration = Duration::from_secs(10);
const NEARLY: Duration = Duration::from_secs(9);

/// Serves, in the process that the test below starts, until the grace period after SIGTERM is over,
/// and prints its progress. Requests advance its paused clock.
#[test]
#[ignore = "started by the test below"]
fn serve_until_sigterm() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let health = Panopticon::empty()
            .check("database", CheckOptions::new(), || async {})
            .check("alive", CheckOptions::new().probe(Probe::Liveness), || async {})
            .build()
            .unwrap();
        let clock = Arc::new(Mutex::new(Some(HeldClock::new())));
        let work_begun = Arc::new(Notify::new());
        let begins = Arc::clone(&work_begun);
        let work = move || async move {
            begins.notify_one();
            sleep(2 * GRACE_PERIOD).await;
            "done"
        };
        let app = Router::new()
            .merge(health.router())
            .route("/work", get(work))
            .route("/wait-for-work", get(move || async move { work_begun.notified().await }))
            .route("/advance", get(|| advance(NEARLY)))
            .route(
                "/release-clock",
                get(move || async move { drop(clock.lock().unwrap().take()) }),
            );
        let stop = health.drain_on_sigterm(GRACE_PERIOD).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        println!("\nlistening {}", listener.local_addr().unwrap());
        axum::serve(listener, app).with_graceful_shutdown(stop).await.unwrap();
        health.shutdown().await;
        println!("\nstopped");
    });
}

struct Service {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Service {
    fn start() -> (Self, SocketAddr) {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sigterm::serve_until_sigterm", "--ignored", "--nocapture"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut service = Self { process, output };
        let address = service.read_line("listening ").parse().unwrap();
        (service, address)
    }

    /// Reads up to the line that begins with `start`, past those of the test harness, and returns
    /// its rest.
    fn read_line(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the service has ended");
            if let Some(rest) = line.trim_end().strip_prefix(start) {
                return rest.to_owned();
            }
        }
    }

    fn sigterm(&self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Fails if it has ended, as it should have.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn send(address: SocketAddr, path: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .unwrap();
    connection
}

fn receive(mut connection: TcpStream) -> (u16, String) {
    let mut response = String::new();
    connection.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").expect("a response has a head");
    (head[9..12].parse().unwrap(), body.to_owned())
}

fn get_response(address: SocketAddr, path: &str) -> (u16, String) {
    receive(send(address, path))
}

#[test]
fn a_draining_service_fails_readiness_only_and_answers_until_the_grace_period_is_over() {
    let (mut service, address) = Service::start();
    for path in ["/healthcheck/readiness", "/healthcheck/liveness"] {
        assert_eq!(get_response(address, path).0, 200);
    }
    let in_flight = send(address, "/work");
    assert_eq!(get_response(address, "/wait-for-work").0, 200);

    service.sigterm();
    while get_response(address, "/healthcheck/readiness").0 == 200 {
        // The signal has not arrived yet.
        std::thread::yield_now();
    }
    for path in ["/", "/advance"] {
        get_response(address, path);
        for (path, expected) in [
            ("/healthcheck", 200),
            ("/healthcheck/liveness", 200),
            ("/healthcheck/readiness", 503),
            ("/healthcheck/startup", 200),
        ] {
            let (status, body) = get_response(address, path);
            assert_eq!(status, expected, "{path}");
            assert!(body.contains(r#""draining":true"#), "{body}");
        }
    }
    assert_eq!(get_response(address, "/release-clock").0, 200);
    assert_eq!(receive(in_flight), (200, "done".to_owned()));
    service.read_line("stopped");
    assert!(service.process.wait().unwrap().success());
}

#[test]
fn a_runtime_without_signals_is_an_error() {
    let health = Panopticon::empty().check("a", CheckOptions::new(), || async {}).build().unwrap();
    let message = "waiting for SIGTERM needs a tokio runtime with signals enabled";
    assert_eq!(health.drain_on_sigterm(GRACE_PERIOD).err().unwrap().to_string(), message);
    let without_signals =
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _context = without_signals.enter();
    assert_eq!(health.drain_on_sigterm(GRACE_PERIOD).err().unwrap().to_string(), message);
}
