//! A stand-in for Datadog's API, which records posts and responds the way a test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Instant;

use panopticon::datadog::{Stats, StatsBuilder};
use serde_json::Value as Json;

use crate::agent::PATIENCE;

pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A received request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The method and path.
    pub(crate) line: String,
    /// Headers, with names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Json,
    pub(crate) at: Instant,
}

/// The response to a request: its status and body, or `None` to never respond.
pub(crate) type Reply = Option<(u16, &'static str)>;

pub(crate) const ACCEPTED: Reply = Some((202, ""));

/// An HTTP server that the client under test posts to.
pub(crate) struct Endpoint {
    pub(super) address: SocketAddr,
    requests: Arc<(Mutex<Vec<Request>>, Condvar)>,
}

impl Request {
    /// Returns the value of a header, which must occur once.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.iter().filter(|(other, _)| other == name);
        let (_, value) = values.next().unwrap();
        assert!(values.next().is_none());
        value
    }
}

impl Endpoint {
    pub(crate) fn accepting_all() -> Self {
        Self::new(|_, _| ACCEPTED)
    }

    /// Starts a server that responds by the request and the number of earlier ones. The body of a
    /// reply may start with headers and an empty line.
    pub(crate) fn new(reply: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").unwrap(), reply)
    }

    pub(crate) fn at(
        listener: TcpListener,
        reply: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let (requests, reply) = (Arc::default(), Arc::new(reply));
        let endpoint = Self { address, requests: Arc::clone(&requests) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, requests, reply) =
                    (stream.unwrap(), Arc::clone(&requests), Arc::clone(&reply));
                thread::spawn(move || serve(stream, &requests, &*reply));
            }
        });
        endpoint
    }

    /// Returns a builder of a client that posts here, regardless of the environment.
    pub(crate) fn builder(&self) -> StatsBuilder {
        builder(self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.0.lock().unwrap().clone()
    }

    /// Waits for at least this many requests, and returns all.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Request> {
        let (requests, changed) = &*self.requests;
        let requests = requests.lock().unwrap();
        let is_short = |requests: &mut Vec<Request>| requests.len() < count;
        let (requests, _) = changed.wait_timeout_while(requests, PATIENCE, is_short).unwrap();
        assert!(requests.len() >= count, "{requests:#?}");
        requests.clone()
    }

    /// Returns the bodies posted to a path.
    pub(crate) fn bodies(&self, path: &str) -> Vec<Json> {
        let line = format!("POST /api/v1/{path}");
        let requests = self.requests().into_iter().filter(|request| request.line == line);
        requests.map(|request| request.body).collect()
    }
}

pub(crate) fn builder(address: SocketAddr) -> StatsBuilder {
    Stats::builder()
        .enabled(true)
        .transport(panopticon::datadog::Transport::Api)
        .api_key(KEY)
        .api_host(format!("http://{address}"))
}

fn serve(
    stream: TcpStream,
    requests: &(Mutex<Vec<Request>>, Condvar),
    reply: &dyn Fn(&Request, usize) -> Reply,
) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        let before = {
            let mut requests = requests.0.lock().unwrap();
            requests.push(request.clone());
            requests.len() - 1
        };
        requests.1.notify_all();
        let Some((status, headers_and_body)) = reply(&request, before) else {
            thread::park_timeout(PATIENCE * 10);
            return;
        };
        let (headers, body) = headers_and_body.split_once("\n\n").unwrap_or(("", headers_and_body));
        let headers = if headers.is_empty() { String::new() } else { format!("{headers}\r\n") };
        let length = body.len();
        let response =
            format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n{body}");
        if reader.get_mut().write_all(response.as_bytes()).is_err() {
            return;
        }
    }
}

/// Reads a request; returns `None` if the connection ends.
fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    let mut next_line = || {
        line.clear();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = next_line()?;
    let mut headers = Vec::new();
    loop {
        let line = next_line()?;
        let Some((name, value)) = line.split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let line = first.strip_suffix(" HTTP/1.1")?.to_owned();
    let body = serde_json::from_slice(&body).unwrap();
    Some(Request { line, headers, body, at: Instant::now() })
}
