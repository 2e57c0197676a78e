//! The socket to the Agent, which may be absent, come back under another address, or be slow.

use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
#[cfg(unix)]
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::stats::settings::AgentAddress;
use crate::stats::sink::Tally;

/// How long a packet may wait for a slow Agent, as in Datadog's client for Go.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long the next packets may wait after one has waited in vain, so that a full queue is sent or
/// dropped within a second or so.
const LITTLE_PATIENCE: Duration = Duration::from_millis(1);

/// How long after a failed attempt the next packet makes another.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long an address that a name was looked up to is used.
const LOOK_UP_AFTER: Duration = Duration::from_secs(60);

/// Sends packets, and counts their lines as sent or dropped; writing to it never fails.
pub(super) struct Socket {
    address: AgentAddress,
    tally: Arc<Tally>,
    connection: Option<Connection>,
    /// The latest attempt to connect that failed, and why.
    failed: Option<(Instant, String)>,
    /// The lines of the latest packet, if it was a UDP packet: that nobody took it is told with the
    /// next.
    latest_lines: u64,
}

struct Connection {
    wire: Wire,
    since: Instant,
    /// Whether the latest packet waited in vain.
    is_slow: bool,
}

enum Wire {
    Udp(UdpSocket),
    #[cfg(unix)]
    Unix(UnixDatagram),
}

impl Socket {
    pub(super) fn new(address: AgentAddress, tally: Arc<Tally>) -> Self {
        Self { address, tally, connection: None, failed: None, latest_lines: 0 }
    }

    fn send(&mut self, packet: &[u8]) -> Result<(), String> {
        let error = match self.connection()?.send(packet) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        match error.kind() {
            // A slow Agent is not a lost one.
            _ if is_slow(&error) => return Err(self.describe(&error)),
            // UDP: told of the latest packet, not of this one.
            ErrorKind::ConnectionRefused if matches!(self.address, AgentAddress::Udp { .. }) => {
                let lines = std::mem::take(&mut self.latest_lines);
                self.tally.dropped_after_all(lines, &self.describe(&error));
            }
            _ => self.connection = None,
        }
        // An Agent that was started again has a new socket.
        self.connection()?.send(packet).map_err(|error| self.describe(&error))
    }

    fn connection(&mut self) -> Result<&mut Connection, String> {
        let is_old = |connection: &Connection| connection.since.elapsed() > LOOK_UP_AFTER;
        if self.connection.as_ref().is_some_and(is_old) {
            self.connection = None;
        }
        if self.connection.is_none() {
            if let Some((at, problem)) = &self.failed {
                if at.elapsed() < RETRY_AFTER {
                    return Err(problem.clone());
                }
            }
            match Wire::connect(&self.address) {
                Ok(wire) => {
                    self.failed = None;
                    self.connection =
                        Some(Connection { wire, since: Instant::now(), is_slow: false });
                }
                Err(error) => {
                    let problem = self.describe(&error);
                    self.failed = Some((Instant::now(), problem.clone()));
                    return Err(problem);
                }
            }
        }
        self.connection.as_mut().ok_or_else(|| "not connected".to_owned())
    }

    fn describe(&self, error: &io::Error) -> String {
        let problem = if is_slow(error) { "it is too slow".to_owned() } else { error.to_string() };
        match &self.address {
            AgentAddress::Udp { host, port } => {
                format!("no Agent takes packets at {host}, UDP port {port}: {problem}")
            }
            AgentAddress::Unix(path) => {
                format!("no Agent takes packets at {}: {problem}", path.display())
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, packet: &[u8]) -> io::Result<usize> {
        #[allow(clippy::naive_bytecount, reason = "a packet is small")]
        let lines = packet.iter().filter(|byte| **byte == b'\n').count() as u64;
        match self.send(packet) {
            Ok(()) => {
                self.tally.sent(lines);
                self.latest_lines = lines;
            }
            Err(problem) => self.tally.dropped(lines, &problem),
        }
        Ok(packet.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_slow(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

impl Connection {
    fn send(&mut self, packet: &[u8]) -> io::Result<()> {
        let result = self.wire.send(packet);
        let is_slow = result.as_ref().is_err_and(is_slow);
        if is_slow != self.is_slow {
            self.is_slow = is_slow;
            self.wire.set_patience(if is_slow { LITTLE_PATIENCE } else { PATIENCE })?;
        }
        result
    }
}

impl Wire {
    fn connect(address: &AgentAddress) -> io::Result<Self> {
        match address {
            AgentAddress::Udp { host, port } => {
                let mut result =
                    Err(io::Error::new(ErrorKind::NotFound, "the name has no address"));
                for address in (host.as_str(), *port).to_socket_addrs()? {
                    result = Self::connect_udp(address);
                    if result.is_ok() {
                        break;
                    }
                }
                result
            }
            #[cfg(unix)]
            AgentAddress::Unix(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.connect(path)?;
                Self::patient(Self::Unix(socket))
            }
            #[cfg(not(unix))]
            AgentAddress::Unix(_) => Err(ErrorKind::Unsupported.into()),
        }
    }

    fn connect_udp(address: SocketAddr) -> io::Result<Self> {
        let socket = match address {
            SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?,
            SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?,
        };
        // So that the kernel tells of a port that nobody listens on.
        socket.connect(address)?;
        Self::patient(Self::Udp(socket))
    }

    fn patient(wire: Self) -> io::Result<Self> {
        wire.set_patience(PATIENCE)?;
        Ok(wire)
    }

    fn set_patience(&self, patience: Duration) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.set_write_timeout(Some(patience)),
            #[cfg(unix)]
            Self::Unix(socket) => socket.set_write_timeout(Some(patience)),
        }
    }

    fn send(&self, packet: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.send(packet).map(drop),
            #[cfg(unix)]
            Self::Unix(socket) => socket.send(packet).map(drop),
        }
    }
}
