//! A small HTTP client for these tests.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// The time within which an answer must arrive: the two seconds of a health check, and more for a
/// busy machine.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    /// Reads an answer to the end of the connection.
    fn read_from(mut stream: TcpStream) -> Self {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the shop answers in time, in UTF-8");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Self { status: status.expect("a status line"), body: body.to_owned() }
    }
}

/// Sends one request in HTTP/1.0, so that the answer ends with the connection.
pub(crate) fn request(address: &str, method: &str, path: &str, json: &str) -> Answer {
    let mut stream = connect(address);
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{json}",
        json.len()
    )
    .expect("the shop reads the request");
    Answer::read_from(stream)
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the shop is open");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout above zero");
    stream
}

/// A request that the shop is handling and whose body is only half sent.
#[must_use = "it is in flight until it is finished"]
pub(crate) struct Unfinished {
    stream: TcpStream,
    rest: String,
}

impl Unfinished {
    /// Sends half of a request, once the shop has asked for the body, which means that the handler
    /// runs.
    pub(crate) fn post(address: &str, path: &str, json: &str) -> Self {
        let mut stream = connect(address);
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\
             Expect: 100-continue\r\n\r\n",
            json.len()
        )
        .expect("the shop reads the request's head");
        let expected = "HTTP/1.1 100 Continue\r\n\r\n";
        let mut asked_for_more = vec![0; expected.len()];
        stream.read_exact(&mut asked_for_more).expect("the shop asks for the body");
        assert_eq!(String::from_utf8_lossy(&asked_for_more), expected);

        let (half, rest) = json.split_at(json.len() / 2);
        stream.write_all(half.as_bytes()).expect("the shop reads the body");
        Self { stream, rest: rest.to_owned() }
    }

    pub(crate) fn finish(mut self) -> Answer {
        self.stream.write_all(self.rest.as_bytes()).expect("the shop reads the body");
        Answer::read_from(self.stream)
    }
}
