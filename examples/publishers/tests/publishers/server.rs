//! A receiver of webhooks that answers, or fails, as a test says.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use crate::LIMIT;

/// What a receiver does with a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Status(&'static str),
    /// To this URL.
    Redirect(String),
    /// Closes the connection.
    Closes,
    /// Never answers.
    Hangs,
}

/// A request that has arrived.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    /// What it is answered with.
    pub(crate) answer: Answer,
}

impl Arrived {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Returns what has happened to which component.
    pub(crate) fn happened(&self) -> (String, String) {
        let event = self.json();
        let text = |key: &str| event[key].as_str().unwrap().to_owned();
        let kind = text("type").rsplit('.').next().unwrap().to_owned();
        (text("subject"), kind)
    }
}

pub(crate) struct Server {
    pub(crate) url: String,
    answer: Arc<Mutex<Answer>>,
    arrived: Receiver<Arrived>,
}

impl Server {
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url =
            format!("http://{}/hooks/path-secret?key=query-secret", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new(answer));
        let (sender, arrived) = channel();
        let current = Arc::clone(&answer);
        thread::spawn(move || {
            // Those that are never answered.
            let mut open = Vec::new();
            for stream in listener.incoming() {
                open.extend(serve(stream.unwrap(), &current, &sender));
            }
        });
        Self { url, answer, arrived }
    }

    pub(crate) fn set(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// Waits for the next request.
    #[track_caller]
    pub(crate) fn next(&self) -> Arrived {
        self.arrived.recv_timeout(LIMIT).expect("a request arrives")
    }

    /// Returns what has arrived and was not looked at.
    pub(crate) fn rest(&self) -> Vec<Arrived> {
        self.arrived.try_iter().collect()
    }
}

/// Answers the request of a connection, and returns the connection if it stays open.
fn serve(
    stream: TcpStream,
    answer: &Mutex<Answer>,
    arrived: &Sender<Arrived>,
) -> Option<TcpStream> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let line = lines.remove(0);
    let header = |line: String| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_lowercase(), value.to_owned())
    };
    let headers: BTreeMap<_, _> = lines.into_iter().map(header).collect();
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    // Decided before the test learns of the request.
    let answer = answer.lock().unwrap().clone();
    let body = String::from_utf8(body).unwrap();
    let _ = arrived.send(Arrived { line, headers, body, answer: answer.clone() });
    let mut stream = reader.into_inner();
    let head = match answer {
        Answer::Status(status) => format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n"),
        Answer::Redirect(url) => {
            format!(
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: {url}\r\ncontent-length: 0\r\n\r\n"
            )
        }
        Answer::Closes => return None,
        Answer::Hangs => return Some(stream),
    };
    let _ = stream.write_all(head.as_bytes());
    None
}
