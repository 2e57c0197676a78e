//! A server on a free port of this machine, on a thread of its own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Far longer than anything takes: a test that waits this long has failed.
const TOO_LONG: Duration = Duration::from_secs(60);

pub(super) struct Server {
    pub(super) address: SocketAddr,
    heads: mpsc::Receiver<String>,
}

impl Server {
    /// Answers requests one by one with what `answer` makes of their heads.
    pub(super) fn answering<A: Into<Vec<u8>>>(answer: impl Fn(&str) -> A + Send + 'static) -> Self {
        Self::handling(move |head, mut connection| {
            // The client may have closed the connection already.
            let _ = connection.write_all(&answer(head).into());
        })
    }

    /// Answers each request with this status, and no body.
    pub(super) fn with_status(status: u16) -> Self {
        Self::answering(move |_| respond(status, ""))
    }

    /// Answers each request with what `handle` writes to its connection.
    pub(super) fn handling(handle: impl Fn(&str, TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        Self::listening(listener, handle)
    }

    pub(super) fn listening(
        listener: TcpListener,
        handle: impl Fn(&str, TcpStream) + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let (sender, heads) = mpsc::channel();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(mut connection) = connection else { return };
                let head = read_head(&mut connection);
                // Not every test reads them.
                let _ = sender.send(head.clone());
                handle(&head, connection);
            }
        });
        Self { address, heads }
    }

    /// Never answers a request, and notifies the receiver when the client has closed the
    /// connection.
    pub(super) fn hanging() -> (Self, mpsc::Receiver<()>) {
        let (sender, gone) = mpsc::channel();
        let server = Self::handling(move |_, mut connection| {
            wait_until_closed(&mut connection);
            let _ = sender.send(());
        });
        (server, gone)
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the head of the next request, in lower case.
    pub(super) fn head(&self) -> String {
        self.heads.recv_timeout(TOO_LONG).expect("a request").to_ascii_lowercase()
    }

    /// Returns the next request's first line.
    pub(super) fn request_line(&self) -> String {
        let head = self.heads.recv_timeout(TOO_LONG).expect("a request");
        head.lines().next().unwrap_or_default().to_owned()
    }

    /// Returns whether there were no other requests.
    pub(super) fn has_no_more_requests(&self) -> bool {
        self.heads.try_recv().is_err()
    }
}

/// An address that nothing listens on. The client's end of a connection occupies the port, so that
/// no other test's server gets it.
pub(super) struct ClosedPort {
    pub(super) address: SocketAddr,
    _connection: TcpStream,
    _listener: TcpListener,
}

impl ClosedPort {
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let connection = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let address = connection.local_addr().unwrap();
        Self { address, _connection: connection, _listener: listener }
    }
}

pub(super) fn respond(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

pub(super) fn redirect(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} Status\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

pub(super) fn wait_until_closed(connection: &mut TcpStream) {
    while connection.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {}
}

#[track_caller]
pub(super) fn assert_heard(receiver: &mpsc::Receiver<()>) {
    receiver.recv_timeout(TOO_LONG).expect("the connection was not closed");
}

fn read_head(connection: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && connection.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}
