//! A service that is asked to stop by SIGTERM, in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use panopticon::{CheckOptions, Panopticon, Probe};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// Long enough for the questions below on a busy machine, as no test should hang on its end.
const GRACE: Duration = Duration::from_secs(3);

/// Run by the test below: serves until SIGTERM and the grace are over, and says what happens.
#[test]
#[ignore = "a part of the test below"]
fn serves_until_it_is_stopped() {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let health = Panopticon::empty()
            .check("database", CheckOptions::new(), || async {})
            .check("alive", CheckOptions::new().probe(Probe::Liveness), || async {})
            .build()
            .unwrap();
        // The request is answered when another one tells it to go on.
        let (notify, notified) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (finish, begun) = (Arc::clone(&notify), Arc::clone(&notified));
        let work = move || async move {
            begun.notify_one();
            notify.notified().await;
            "done"
        };
        let app = Router::new()
            .merge(health.router())
            .route("/work", get(work))
            .route(
                "/begun",
                get(move || async move {
                    notified.notified().await;
                    "begun"
                }),
            )
            .route(
                "/finish",
                get(move || async move {
                    finish.notify_one();
                    "told"
                }),
            );
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
    assert_eq!(ask(address, "/begun").1, "begun");

    service.sigterm();
    while ask(address, "/healthcheck/readiness").0 == 200 {
        // The signal is on its way.
        std::thread::yield_now();
    }
    let (status, body) = ask(address, "/healthcheck/readiness");
    assert_eq!(status, 503);
    assert!(body.contains(r#""draining":true"#), "{body}");
    for path in ["/healthcheck", "/healthcheck/liveness", "/healthcheck/startup"] {
        let (status, body) = ask(address, path);
        assert_eq!(status, 200, "{path}");
        assert!(body.contains(r#""draining":true"#), "{body}");
    }
    // New requests are served as well, and the old one comes to its end.
    assert_eq!(ask(address, "/finish"), (200, "told".to_owned()));
    assert_eq!(end(in_flight), (200, "done".to_owned()));

    service.line_with("stopped");
    assert!(service.process.wait().unwrap().success());
}

#[test]
fn where_signals_cannot_be_caught_it_is_an_error() {
    let health = Panopticon::empty().check("a", CheckOptions::new(), || async {}).build().unwrap();
    let message = "SIGTERM can be waited for on a tokio runtime whose signals are on only";
    assert_eq!(health.drain_on_sigterm(GRACE).err().unwrap().to_string(), message);
    let without_signals =
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _context = without_signals.enter();
    assert_eq!(health.drain_on_sigterm(GRACE).err().unwrap().to_string(), message);
}
