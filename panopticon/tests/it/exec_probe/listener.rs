//! Listeners that answer every request with given bytes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// A listener that answers every connection with the same bytes and closes it.
pub(super) struct Listener {
    pub(super) address: SocketAddr,
    /// The head of each request.
    pub(super) requests: Receiver<String>,
}

impl Listener {
    pub(super) fn answering(response: impl Into<Vec<u8>>) -> Self {
        Self::at("127.0.0.1:0", response).unwrap()
    }

    /// Listens at this address. Fails if the machine does not have it.
    pub(super) fn at(address: &str, response: impl Into<Vec<u8>>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let response = response.into();
        let (sender, requests) = channel();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let request = read_head(&stream);
                // The test may have ended, and the probe may have read enough.
                let _ = sender.send(request);
                let _ = stream.write_all(&response);
            }
        });
        Ok(Self { address, requests })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/healthcheck", self.address)
    }
}

pub(super) fn read_head(stream: impl Read) -> String {
    let mut lines = BufReader::new(stream).lines();
    let lines: Vec<String> =
        std::iter::from_fn(|| lines.next()?.ok()).take_while(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// Returns a response with this body.
pub(super) fn response(status: &str, content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(super) fn json(status: &str, body: &str) -> String {
    response(status, "application/json", body)
}

/// Returns a report with these members in addition to those that are always present.
pub(super) fn report(healthy: bool, members: &str, components: &str) -> String {
    format!(
        r#"{{"service_healthy":{healthy},"timestamp":"2014-09-03T23:09:38.702Z"{members},"components":{{{components}}}}}"#
    )
}
