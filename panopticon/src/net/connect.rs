//! Connects to one of several addresses, as RFC 8305 ("Happy Eyeballs") and browsers do: an address
//! that does not answer delays the next one by 250 ms, not by its whole timeout.
//!
//! The attempts are sockets that do not block, so that they need no threads and end with the first
//! success.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use socket2::{Domain, Socket, Type};

use super::cancellation::{Cancellation, Expired};

/// The time between two attempts, unless one fails sooner (RFC 8305, section 8).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// The maximum number of addresses that are tried.
const MAX_ADDRESSES: usize = 16;

/// Why there is no connection: what is known of each address that was tried, in this order.
#[derive(Debug)]
pub(crate) struct ConnectError {
    attempts: Vec<(SocketAddr, Outcome)>,
    pub(crate) expired: Option<Expired>,
}

#[derive(Debug)]
enum Outcome {
    Failed(io::Error),
    NoAnswer,
}

/// Returns the connection of the first address that accepts one.
pub(crate) fn connect(
    addresses: &[SocketAddr],
    deadline: Instant,
    cancellation: &Cancellation,
) -> Result<TcpStream, ConnectError> {
    let mut attempts = Attempts::default();
    let mut next_start = Instant::now();
    let mut addresses = interleaved(addresses).into_iter().peekable();
    loop {
        let is_due = attempts.pending.is_empty() || Instant::now() >= next_start;
        if let Some(address) = addresses.next_if(|_| is_due) {
            if attempts.start(address) {
                next_start = Instant::now() + ATTEMPT_DELAY;
            }
            continue;
        }
        if attempts.pending.is_empty() {
            return Err(attempts.into_error(None));
        }
        let mut wait = match cancellation.next_wait(deadline) {
            Ok(wait) => wait,
            Err(expired) => return Err(attempts.into_error(Some(expired))),
        };
        if addresses.peek().is_some() {
            wait = wait.min(next_start.saturating_duration_since(Instant::now()));
        }
        let failures = attempts.failures.len();
        if let Some(stream) = attempts.wait(wait) {
            return Ok(stream);
        }
        if attempts.failures.len() > failures {
            // The next one need not wait.
            next_start = Instant::now();
        }
    }
}

/// Orders addresses such that the families alternate, beginning with the one that the system
/// prefers (section 4).
fn interleaved(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .iter()
        .copied()
        .partition(|address: &SocketAddr| address.is_ipv6() == first_is_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut ordered = Vec::with_capacity(addresses.len());
    loop {
        let before = ordered.len();
        ordered.extend(first.next());
        ordered.extend(second.next());
        if ordered.len() == before {
            ordered.truncate(MAX_ADDRESSES);
            return ordered;
        }
    }
}

#[derive(Default)]
struct Attempts {
    pending: Vec<(SocketAddr, Socket)>,
    failures: Vec<(SocketAddr, io::Error)>,
    /// All that were started.
    started: Vec<SocketAddr>,
}

impl Attempts {
    /// Starts to connect to an address, and returns whether that has not failed at once.
    fn start(&mut self, address: SocketAddr) -> bool {
        self.started.push(address);
        match start_connecting(address) {
            Ok(socket) => self.pending.push((address, socket)),
            Err(error) => {
                self.failures.push((address, error));
                return false;
            }
        }
        true
    }

    /// Waits until an attempt ends, and returns its connection if it has succeeded.
    fn wait(&mut self, timeout: Duration) -> Option<TcpStream> {
        let ready: Vec<bool> = {
            let mut polled: Vec<_> =
                self.pending.iter().map(|(_, it)| PollFd::new(it, PollFlags::OUT)).collect();
            match poll(&mut polled, Some(&timespec(timeout))) {
                Ok(_) => polled.iter().map(|it| !it.revents().is_empty()).collect(),
                Err(Errno::INTR) => return None,
                Err(error) => {
                    let addresses = self.pending.drain(..).map(|(address, _)| address);
                    self.failures.extend(addresses.map(|address| (address, error.into())));
                    return None;
                }
            }
        };
        for ((address, socket), is_ready) in
            std::mem::take(&mut self.pending).into_iter().zip(ready)
        {
            if !is_ready {
                self.pending.push((address, socket));
                continue;
            }
            let connected = match socket.take_error() {
                Ok(None) => connection(socket),
                Ok(Some(error)) | Err(error) => Err(error),
            };
            match connected {
                Ok(stream) => return Some(stream),
                Err(error) => self.failures.push((address, error)),
            }
        }
        None
    }

    fn into_error(self, expired: Option<Expired>) -> ConnectError {
        let mut failures = self.failures;
        let attempts = self.started.into_iter().map(|address| {
            match failures.iter().position(|(failed, _)| *failed == address) {
                Some(index) => (address, Outcome::Failed(failures.swap_remove(index).1)),
                None => (address, Outcome::NoAnswer),
            }
        });
        ConnectError { attempts: attempts.collect(), expired }
    }
}

fn start_connecting(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if is_in_progress(&error) => Ok(socket),
        result => result.map(|()| socket),
    }
}

/// Returns whether `connect` has begun and will end later.
fn is_in_progress(error: &io::Error) -> bool {
    // What Windows returns is this kind; what Unix returns has none that is stable.
    error.kind() == io::ErrorKind::WouldBlock
        || error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error())
}

/// Returns the connection of a socket, which then blocks.
fn connection(socket: Socket) -> io::Result<TcpStream> {
    if is_to_itself(&socket)? {
        // Closed at once, since otherwise the server could not have the port for a minute.
        socket.set_linger(Some(Duration::ZERO))?;
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    socket.set_nonblocking(false)?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Returns whether the two ends of the connection are the same: if nothing listens on a port of this
/// machine, and the system happens to choose this very port for our end, then TCP connects the socket
/// to itself (RFC 9293, section 3.5, simultaneous open).
fn is_to_itself(socket: &Socket) -> io::Result<bool> {
    Ok(socket.local_addr()?.as_socket() == socket.peer_addr()?.as_socket())
}

/// Rounds up to a whole millisecond, since a wait that ends too soon would begin again at once.
fn timespec(duration: Duration) -> Timespec {
    let milliseconds = duration.as_nanos().div_ceil(1_000_000);
    let (seconds, rest) = (milliseconds / 1_000, milliseconds % 1_000);
    // At most the interval in which cancellations are looked for.
    Timespec {
        tv_sec: i64::try_from(seconds).unwrap_or(i64::MAX),
        tv_nsec: i32::try_from(rest * 1_000_000).unwrap_or(0).into(),
    }
}

/// The kind is that of the last failure, and the text has all of them.
impl From<ConnectError> for io::Error {
    fn from(error: ConnectError) -> Self {
        let last = error.attempts.last().map(|(_, outcome)| outcome);
        let kind = match (error.expired, last) {
            (None, Some(Outcome::Failed(error))) => error.kind(),
            (Some(Expired::DeadlinePassed), _) => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error.to_string())
    }
}

/// Shows the error of a single address as it is, and several with the address of each.
impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.attempts[..] {
            [] => f.write_str("no address"),
            [(_, Outcome::Failed(error))] => write!(f, "{error}"),
            [(address, Outcome::NoAnswer)] => write!(f, "no answer from {address}"),
            attempts => {
                for (index, (address, outcome)) in attempts.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "; " };
                    match outcome {
                        Outcome::Failed(error) => write!(f, "{separator}{address}: {error}")?,
                        Outcome::NoAnswer => write!(f, "{separator}{address}: no answer")?,
                    }
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn connect_within(addresses: &[SocketAddr], timeout: Duration) -> Result<TcpStream, String> {
        connect(addresses, Instant::now() + timeout, &Cancellation::default())
            .map_err(|error| error.to_string())
    }

    fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    /// An address whose connections are refused, as long as what is returned with it exists.
    fn refusing() -> ((TcpListener, TcpStream), SocketAddr) {
        let (listener, address) = listen();
        let occupying = TcpStream::connect(address).unwrap();
        let address = occupying.local_addr().unwrap();
        ((listener, occupying), address)
    }

    /// An address that does not answer, since the queue of its listener is full.
    #[cfg(target_os = "linux")]
    fn silent() -> ((Socket, Vec<Socket>), SocketAddr) {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap().as_socket().unwrap();
        let occupying = (0..4).map(|_| start_connecting(address).unwrap()).collect();
        ((listener, occupying), address)
    }

    #[test]
    fn families_alternate_beginning_with_the_preferred_one() {
        const V4: [&str; 3] = ["192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"];
        const V6: [&str; 2] = ["[2001:db8::1]:1", "[2001:db8::2]:1"];
        for (addresses, expected) in [
            (vec![], vec![]),
            (vec![V4[0], V4[1]], vec![V4[0], V4[1]]),
            (vec![V6[0], V6[1], V4[0], V4[1], V4[2]], vec![V6[0], V4[0], V6[1], V4[1], V4[2]]),
            (vec![V4[0], V4[1], V4[2], V6[0]], vec![V4[0], V6[0], V4[1], V4[2]]),
            (vec![V4[0]; 20], vec![V4[0]; MAX_ADDRESSES]),
        ] {
            let parse = |text: &str| text.parse::<SocketAddr>().unwrap();
            let addresses: Vec<_> = addresses.into_iter().map(parse).collect();
            let expected: Vec<_> = expected.into_iter().map(parse).collect();
            assert_eq!(interleaved(&addresses), expected);
        }
    }

    #[test]
    fn an_address_that_refuses_is_followed_by_the_next() {
        let ((_occupied, refused), (_listener, open)) = (refusing(), listen());
        let stream = connect_within(&[refused, refused, open], PATIENCE).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_address_that_does_not_answer_delays_the_next_a_little() {
        let ((_occupied, silent), (_listener, open)) = (silent(), listen());
        let stream = connect_within(&[silent, silent, open], PATIENCE).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
    }

    #[test]
    fn the_connection_blocks() {
        let (listener, open) = listen();
        let mut stream = connect_within(&[open], PATIENCE).unwrap();
        let server = thread::spawn(move || {
            let (mut accepted, _) = listener.accept().unwrap();
            thread::yield_now();
            io::Write::write_all(&mut accepted, b"hello").unwrap();
        });
        let mut received = String::new();
        io::Read::read_to_string(&mut stream, &mut received).unwrap();
        assert_eq!(received, "hello");
        server.join().unwrap();
    }

    #[test]
    fn a_connection_of_a_socket_to_itself_is_no_server() {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let address = socket.local_addr().unwrap();
        socket.connect(&address).unwrap();
        let error = connection(socket).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        // The port is free for its server.
        TcpListener::bind(address.as_socket().unwrap()).unwrap();
    }

    #[test]
    fn the_error_of_each_address_is_shown() {
        let ((_occupied, refused), (_occupied_too, other)) = (refusing(), refusing());
        let error = connect_within(&[refused], PATIENCE).unwrap_err();
        assert!(error.starts_with("Connection refused"), "{error}");
        let error = connect_within(&[refused, other], PATIENCE).unwrap_err();
        assert!(error.starts_with(&format!("{refused}: Connection refused")), "{error}");
        assert!(error.contains(&format!("; {other}: Connection refused")), "{error}");
        assert_eq!(connect_within(&[], PATIENCE).unwrap_err(), "no address");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_deadline_ends_all_attempts() {
        let ((_occupied, silent), (_occupied_too, refused)) = (silent(), refusing());
        let short = Duration::from_millis(1);
        let error = connect_within(&[silent], short).unwrap_err();
        assert_eq!(error, format!("no answer from {silent}"));
        let error = connect_within(&[refused, silent], short).unwrap_err();
        assert!(error.starts_with(&format!("{refused}: Connection refused")), "{error}");
        assert!(error.ends_with(&format!("; {silent}: no answer")), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_cancellation_ends_all_attempts() {
        let (_occupied, silent) = silent();
        let cancellation = Cancellation::default();
        let deadline = Instant::now() + crate::check::duration::MAX;
        thread::scope(|scope| {
            let caller = scope.spawn(|| connect(&[silent], deadline, &cancellation));
            cancellation.cancel();
            let error = caller.join().unwrap().unwrap_err();
            assert_eq!(error.expired, Some(Expired::Cancelled));
        });
    }
}
