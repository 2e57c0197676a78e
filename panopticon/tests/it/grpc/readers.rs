//! The clients of gRPC's own project, and what probes and load balancers make of the answers.
//! `.ci/grpc/with-python-client` installs them.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon, Probe, Selection};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use super::unhealthy;
use crate::scripted::Scripted;
use crate::without_a_runtime::block_on;

/// Much longer than anything takes. Only a failing test waits that long.
const LIMIT: Duration = Duration::from_secs(60);

/// The Python program, which is asked and answers line by line.
struct Python {
    process: Child,
    commands: ChildStdin,
    lines: Receiver<String>,
    /// Lines that were read while another one was waited for.
    seen: Vec<String>,
}

impl Python {
    fn start(address: SocketAddr) -> Self {
        let python = std::env::var("GRPC_PYTHON")
            .unwrap_or_else(|_| panic!("GRPC_PYTHON is not set: run .ci/grpc/with-python-client"));
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/grpc/python_client.py");
        let mut command = Command::new(python);
        command.args([script, &address.to_string()]);
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
        let commands = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|it| sender.send(it))
        });
        Self { process, commands, lines, seen: Vec::new() }
    }

    fn tell(&mut self, command: &str) {
        writeln!(self.commands, "{command}").unwrap();
    }

    /// Waits until the next line that begins with this command is seen, and returns the rest.
    fn sees(&mut self, command: &str) -> String {
        loop {
            let is_of_command = |line: &String| line.starts_with(&format!("{command} "));
            if let Some(position) = self.seen.iter().position(is_of_command) {
                return self.seen.remove(position)[command.len() + 1..].to_owned();
            }
            let line = self.lines.recv_timeout(LIMIT);
            self.seen.push(line.unwrap_or_else(|_| panic!("{command}: only {:?}", self.seen)));
        }
    }

    fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.sees(command)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn service(database: &Scripted) -> Panopticon {
    Panopticon::empty()
        .check("database", CheckOptions::new().collection("orders"), database.check())
        .check("loop", CheckOptions::new().probe(Probe::Liveness), || async {})
        .grpc_name("orders.v1.Orders", Selection::all().collection("orders"))
        .build()
        .unwrap()
}

/// All that a client sees of a service at this address, from its start to its end.
fn assert_all_is_seen(health: &Panopticon, database: &Scripted, address: SocketAddr) {
    let mut python = Python::start(address);
    for name in ["", "readiness", "liveness", "startup", "database", "orders", "orders.v1.Orders"] {
        assert_eq!(python.ask(&format!("check {name}")), "SERVING");
        // A kubelet's probe succeeds as this one does.
        assert_eq!(python.ask(&format!("probe {name}")), "0");
    }
    assert_eq!(python.ask("check mail"), "NOT_FOUND");
    assert_eq!(python.ask("probe mail"), "3");
    python.tell("list");
    let names =
        ["", "database", "liveness", "loop", "orders", "orders.v1.Orders", "readiness", "startup"];
    assert_eq!(python.sees("list"), names.map(|name| format!("{name}=SERVING")).join(" "));

    assert_eq!(python.ask("watch orders.v1.Orders"), "SERVING");
    assert_eq!(python.ask("watch liveness"), "SERVING");
    assert_eq!(python.ask("watch mail"), "SERVICE_UNKNOWN");
    assert_eq!(python.ask("balance orders.v1.Orders"), "READY");
    database.say(unhealthy());
    assert_eq!(python.sees("watch orders.v1.Orders"), "NOT_SERVING");
    assert_eq!(python.sees("balance orders.v1.Orders"), "TRANSIENT_FAILURE");
    assert_eq!(python.ask("check orders.v1.Orders"), "NOT_SERVING");
    assert_eq!(python.ask("probe database"), "4");
    database.say(Health::degraded("slow"));
    assert_eq!(python.sees("watch orders.v1.Orders"), "SERVING");
    assert_eq!(python.sees("balance orders.v1.Orders"), "READY");

    health.drain();
    assert_eq!(python.sees("watch orders.v1.Orders"), "NOT_SERVING");
    assert_eq!(python.sees("balance orders.v1.Orders"), "TRANSIENT_FAILURE");
    assert_eq!(python.ask("probe "), "4");
    assert_eq!(python.ask("probe liveness"), "0");

    block_on(health.shutdown());
    for name in ["orders.v1.Orders", "liveness", "mail"] {
        assert_eq!(python.sees(&format!("watch {name}")), "ended");
    }
}

#[test]
#[ignore = "needs grpcio-health-checking, which .ci/grpc/with-python-client installs"]
fn clients_of_a_tonic_server() {
    let runtime = Runtime::new().unwrap();
    let database = Scripted::healthy();
    let (health, address) = runtime.block_on(async {
        let health = service(&database);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder().add_service(health.grpc_service());
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        (health, address)
    });
    assert_all_is_seen(&health, &database, address);
}

#[test]
#[ignore = "needs grpcio-health-checking, which .ci/grpc/with-python-client installs"]
fn clients_of_the_management_server() {
    let database = Scripted::healthy();
    let health = service(&database);
    let server = health.serve("127.0.0.1:0").unwrap();
    assert_all_is_seen(&health, &database, server.local_addr().unwrap());
}
