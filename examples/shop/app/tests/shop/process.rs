//! A process of the shop, and the folder it runs in.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use panopticon::{Report, Status};
use serde_json::Value;

use crate::eventually;
use crate::http::{Answer, Unfinished, request};

/// An empty folder for one test, removed when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let name = format!("{test}-{}", std::process::id());
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("cargo's folder for tests can be written to");
        Self(path)
    }

    /// Returns the URL of the database that a shop in this folder uses by default.
    pub(crate) fn database_url(&self) -> String {
        format!("sqlite://{}?mode=rwc", self.0.join("shop.db").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns a command that runs the shop with only these settings.
pub(crate) fn command(folder: &Folder, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop"));
    command.current_dir(&folder.0).stdin(Stdio::null());
    for (variable, _) in env::vars_os() {
        let name = variable.to_string_lossy();
        let is_setting = ["PANOPTICON_", "DATADOG_", "DD_"].iter().any(|p| name.starts_with(p))
            || ["BIND", "DATABASE_URL", "GRACE", "PAYMENT_PROVIDER_URL"].contains(&&*name);
        if is_setting {
            command.env_remove(variable);
        }
    }
    command.envs(settings.iter().copied());
    command
}

/// A running shop, killed when dropped, even if the test fails.
pub(crate) struct Shop {
    process: Child,
    address: String,
}

impl Shop {
    /// Starts a shop on a free port.
    pub(crate) fn open(folder: &Folder, settings: &[(&str, &str)]) -> Self {
        let mut command = command(folder, settings);
        command.env("BIND", "127.0.0.1:0").stdout(Stdio::piped());
        let mut process = command.spawn().expect("the binary that cargo has built can be run");
        let stdout = process.stdout.take().expect("it is piped");
        // From here on, the process is killed if the test fails.
        let mut shop = Self { process, address: String::new() };
        let line = first_line(stdout);
        let line = line.trim_end();
        let url = line.split_once("http://").and_then(|(_, url)| url.split_once('/'));
        let (address, path) = url.unwrap_or_else(|| panic!("no URL was printed: {line:?}"));
        assert_eq!(path, "healthcheck/");
        shop.address = String::from(address);
        shop
    }

    /// Requests the whole report.
    pub(crate) fn health(&self) -> (u16, Report) {
        self.probe("")
    }

    /// Requests a probe, as Kubernetes does.
    pub(crate) fn probe(&self, probe: &str) -> (u16, Report) {
        let answer = self.get(&format!("/healthcheck/{probe}"));
        let report = serde_json::from_str(&answer.body);
        (answer.status, report.unwrap_or_else(|error| panic!("{error}: {answer:?}")))
    }

    /// Waits until the report is healthy.
    pub(crate) fn becomes_healthy(&self, within: Duration) -> Report {
        let is_healthy =
            |(status, report): &(u16, Report)| *status == 200 && report.status() == Status::Healthy;
        eventually(within, || self.health(), is_healthy).1
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        request(&self.address, "GET", path, "")
    }

    pub(crate) fn post_order(&self, json: &str) -> Answer {
        request(&self.address, "POST", "/orders", json)
    }

    /// Places the first half of an order.
    pub(crate) fn begin_order(&self, json: &str) -> Unfinished {
        Unfinished::post(&self.address, "/orders", json)
    }

    /// Returns whether the shop accepts connections.
    pub(crate) fn is_open(&self) -> bool {
        TcpStream::connect(&self.address).is_ok()
    }

    /// Sends SIGTERM, as Kubernetes and systemd do.
    pub(crate) fn send_sigterm(&self) {
        let kill = format!("kill -TERM {}", self.process.id());
        // The shell's own `kill`, because there may be no other.
        let sent = Command::new("sh").args(["-c", &kill]).status().expect("there is a shell");
        assert!(sent.success(), "SIGTERM could not be sent");
    }

    /// Returns the exit status, if the shop has exited.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().expect("the state of a child process can be asked for")
    }

    /// Places an order and waits until it is billed.
    pub(crate) fn sell_something(&self) {
        let placed = self.post_order(r#"{"item": "tea", "quantity": 2}"#);
        assert_eq!(placed.status, 201, "{placed:?}");
        let placed: Value = serde_json::from_str(&placed.body).expect("the order as JSON");
        assert_eq!(placed["billed"], false);
        let path = format!("/orders/{}", placed["id"]);
        let shown = || serde_json::from_str::<Value>(&self.get(&path).body).expect("JSON");
        let billed = eventually(Duration::from_secs(10), shown, |order| order["billed"] == true);
        let expected = serde_json::json!({
            "id": placed["id"], "item": "tea", "quantity": 2, "billed": true,
        });
        assert_eq!(billed, expected);
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns the first line that a process prints, or an empty one if it prints nothing.
fn first_line(stdout: ChildStdout) -> String {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        // If it cannot be read, the line is empty, and the test fails with that.
        let _ = BufReader::new(stdout).read_line(&mut line);
        let _ = sender.send(line);
    });
    receiver.recv_timeout(Duration::from_secs(30)).expect("the shop opens within 30 seconds")
}
