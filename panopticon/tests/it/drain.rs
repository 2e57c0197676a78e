//! A service that is asked to stop by SIGTERM, in a process of its own.

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

const GRACE: Duration = Duration::from_secs(10);
/// When the grace is not over yet.
const NEARLY: Duration = Duration::from_secs(9);

/// Run by the test below: serves until SIGTERM and the grace are over, and says what happens. Its
/// clock goes on when it is told to.
#[test]
#[ignore = "a part of the test below"]
fn serves_until_it_is_stopped() {
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
        let begun = Arc::new(Notify::new());
        let begins = Arc::clone(&begun);
        let work = move || async move {
            begins.notify_one();
            sleep(2 * GRACE).await;
            "done"
        };
        let app = Router::new()
            .merge(health.router())
            .route("/work", get(work))
            .route("/begun", get(move || async move { begun.notified().await }))
            .route("/nearly", get(|| advance(NEARLY)))
            .route("/all", get(move || async move { drop(clock.lock().unwrap().take()) }));
        let stops = health.drain_on_sigterm(GRACE).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        println!("\nlistening {}", listener.local_addr().unwrap());
        axum::serve(listener, app).with_graceful_shutdown(stops).await.unwrap();
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
            .args(["--exact", "drain::serves_until_it_is_stopped", "--ignored", "--nocapture"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut service = Self { process, output };
        let address = service.line_with("listening ").parse().unwrap();
        (service, address)
    }

    /// What follows `start` in the line that has it; lines of the test harness are passed over.
    fn line_with(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it has ended");
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
        // An error says that it has ended, as it should have.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn begin(address: SocketAddr, path: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .unwrap();
    connection
}

fn end(mut connection: TcpStream) -> (u16, String) {
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
    (head[9..12].parse().unwrap(), body.to_owned())
}

fn ask(address: SocketAddr, path: &str) -> (u16, String) {
    end(begin(address, path))
}

#[test]
fn it_is_not_ready_but_alive_and_answers_until_the_grace_is_over() {
    let (mut service, address) = Service::start();
    for path in ["/healthcheck/readiness", "/healthcheck/liveness"] {
        assert_eq!(ask(address, path).0, 200);
    }
    let in_flight = begin(address, "/work");
    assert_eq!(ask(address, "/begun").0, 200);

    service.sigterm();
    while ask(address, "/healthcheck/readiness").0 == 200 {
        // The signal is on its way.
        std::thread::yield_now();
    }
    for path in ["/", "/nearly"] {
        ask(address, path);
        for (path, expected) in [
            ("/healthcheck", 200),
            ("/healthcheck/liveness", 200),
            ("/healthcheck/readiness", 503),
            ("/healthcheck/startup", 200),
        ] {
            let (status, body) = ask(address, path);
            assert_eq!(status, expected, "{path}");
            assert!(body.contains(r#""draining":true"#), "{body}");
        }
    }
    assert_eq!(ask(address, "/all").0, 200);
    assert_eq!(end(in_flight), (200, "done".to_owned()));
    service.line_with("stopped");
    assert!(service.process.wait().unwrap().success());
}

#[test]
fn where_signals_cannot_be_caught_it_is_an_error() {
    let health = Panopticon::empty().check("a", CheckOptions::new(), || async {}).build().unwrap();
    let message = "waiting for SIGTERM needs a tokio runtime with signals enabled";
    assert_eq!(health.drain_on_sigterm(GRACE).err().unwrap().to_string(), message);
    let without_signals =
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _context = without_signals.enter();
    assert_eq!(health.drain_on_sigterm(GRACE).err().unwrap().to_string(), message);
}
