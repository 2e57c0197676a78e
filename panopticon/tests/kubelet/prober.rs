//! Asks as the kubelet does: over a new connection each time, which it gives up after a second.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const PERIOD: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_secs(1);
/// A monitor has more time, since the whole report waits for optional checks too.
const REPORT_TIMEOUT: Duration = Duration::from_secs(4);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    Liveness,
    Readiness,
    Startup,
    Report,
}

impl Path {
    pub(crate) const ALL: [Self; 4] =
        [Self::Liveness, Self::Readiness, Self::Startup, Self::Report];

    fn as_str(self) -> &'static str {
        match self {
            Self::Liveness => "/healthcheck/liveness",
            Self::Readiness => "/healthcheck/readiness",
            Self::Startup => "/healthcheck/startup",
            Self::Report => "/healthcheck/",
        }
    }
}

/// An answer to the kubelet, or the lack of one.
pub(crate) struct Answer {
    pub(crate) path: Path,
    pub(crate) asked: Instant,
    pub(crate) answered: Instant,
    pub(crate) outcome: Outcome,
}

/// What the kubelet makes of it, with the whole answer, or why there is none.
pub(crate) enum Outcome {
    Passed(String),
    Failed(String),
    NoAnswer(String),
}

impl Answer {
    pub(crate) fn has_passed(&self) -> bool {
        matches!(self.outcome, Outcome::Passed(_))
    }
}

/// Asks once a second, or as soon as there is an answer to the last question.
pub(crate) fn ask_every_second(
    address: SocketAddr,
    path: Path,
    has_ended: &AtomicBool,
) -> Vec<Answer> {
    let timeout = if path == Path::Report { REPORT_TIMEOUT } else { TIMEOUT };
    let mut answers = Vec::new();
    while !has_ended.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let outcome = match get(address, path.as_str(), timeout) {
            Ok(answer) if answer.starts_with("HTTP/1.1 200 ") => Outcome::Passed(answer),
            Ok(answer) if answer.starts_with("HTTP/1.1 503 ") => Outcome::Failed(answer),
            Ok(answer) => Outcome::NoAnswer(answer),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Outcome::NoAnswer("timed out".to_owned())
            }
            Err(error) => Outcome::NoAnswer(error.to_string()),
        };
        answers.push(Answer { path, asked, answered: Instant::now(), outcome });
        thread::sleep((asked + PERIOD).saturating_duration_since(Instant::now()));
    }
    answers
}

/// Returns the whole answer, with its head.
pub(crate) fn get(address: SocketAddr, path: &str, timeout: Duration) -> io::Result<String> {
    let deadline = Instant::now() + timeout;
    let mut connection = TcpStream::connect_timeout(&address, timeout)?;
    send(&mut connection, path)?;
    receive(&mut connection, deadline)
}

pub(crate) fn send(connection: &mut TcpStream, path: &str) -> io::Result<()> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes())
}

pub(crate) fn receive(connection: &mut TcpStream, deadline: Instant) -> io::Result<String> {
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        // If this thread is late, an answer that has come in time still counts.
        let left = deadline.saturating_duration_since(Instant::now());
        connection.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        match connection.read(&mut buffer)? {
            0 => return Ok(String::from_utf8_lossy(&answer).into_owned()),
            read => answer.extend_from_slice(&buffer[..read]),
        }
    }
}
