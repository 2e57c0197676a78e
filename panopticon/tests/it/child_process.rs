//! Services in processes of their own, which tests send signals to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::own_process::ignored_test;

/// The variable that tells a child process what to do. Without it, its test does nothing, so that
/// all ignored tests can be run.
const SCENARIO: &str = "PANOPTICON_TEST_SCENARIO";

/// Much longer than any child process takes. Only a test that fails waits that long.
const LIMIT: Duration = Duration::from_secs(60);

/// Returns what this process is to do, if it is a child process.
pub(crate) fn scenario() -> Option<String> {
    std::env::var(SCENARIO).ok()
}

/// A child process, killed when dropped.
pub(crate) struct Service {
    process: Child,
    stdout: BufReader<ChildStdout>,
    stderr: Receiver<String>,
}

impl Service {
    /// Starts a process that runs only this ignored test.
    pub(crate) fn start(test: &str, scenario: &str) -> Self {
        let mut process = ignored_test(test)
            .env(SCENARIO, scenario)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let mut errors = process.stderr.take().unwrap();
        let (sender, stderr) = channel();
        // Read while it runs, so that it never waits for room in the pipe.
        thread::spawn(move || {
            let mut log = String::new();
            let _ = errors.read_to_string(&mut log);
            let _ = sender.send(log);
        });
        Self { process, stdout, stderr }
    }

    /// Starts a process that serves over HTTP, and returns the address that it prints.
    pub(crate) fn listening(test: &str, scenario: &str) -> (Self, SocketAddr) {
        let mut service = Self::start(test, scenario);
        let address = service.read_line("listening ").parse().unwrap();
        (service, address)
    }

    /// Reads up to the line that begins with `start`, past those of the test harness, and returns
    /// its rest.
    pub(crate) fn read_line(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            let length = self.stdout.read_line(&mut line).unwrap();
            assert_ne!(length, 0, "the service has ended: {:?}", self.stderr.recv());
            if let Some(rest) = line.trim_end().strip_prefix(start) {
                return rest.to_owned();
            }
        }
    }

    #[cfg(feature = "server")]
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn send(&self, signal: &str) {
        let id = self.process.id().to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until the process has ended by itself. Returns its status and what it wrote to
    /// standard error.
    pub(crate) fn end(&mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return (status, self.stderr.recv().unwrap());
            }
            assert!(Instant::now() < deadline, "the process does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Fails if it has ended, as it should have.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a request, which is answered later or never.
pub(crate) fn send(address: SocketAddr, path: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(request(address, path).as_bytes()).unwrap();
    connection
}

fn request(address: SocketAddr, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
}

/// Waits for the answer to a request, and returns its status and its body.
pub(crate) fn receive(mut connection: TcpStream) -> (u16, String) {
    let mut response = String::new();
    connection.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").expect("a response has a head");
    (head[9..12].parse().unwrap(), body.to_owned())
}

pub(crate) fn get(address: SocketAddr, path: &str) -> (u16, String) {
    receive(send(address, path))
}

/// Probes the readiness of a service with a timeout of one second, as a kubelet does, until the
/// service has ended.
pub(crate) fn probe_until_the_end(address: SocketAddr) {
    let request = request(address, "/healthcheck/readiness").into_bytes();
    thread::spawn(move || {
        while let Ok(mut connection) = TcpStream::connect(address) {
            let _ = connection.set_read_timeout(Some(Duration::from_secs(1)));
            let _ = connection.write_all(&request);
            let _ = connection.read_to_end(&mut Vec::new());
            thread::sleep(Duration::from_millis(20));
        }
    });
}
