//! An HTTP client of the size that these tests need.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// How long any answer may take: the two seconds of a health check, and a busy machine's delays.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Sends one request; HTTP/1.0, so the answer ends where the connection does.
pub(crate) fn request(address: &str, method: &str, path: &str, json: &str) -> Answer {
    let mut stream = TcpStream::connect(address).expect("the shop is open");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout above zero");
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{json}",
        json.len()
    )
    .expect("the shop reads the request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the shop answers in time, in UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Answer { status: status.expect("a status line"), body: body.to_owned() }
}
