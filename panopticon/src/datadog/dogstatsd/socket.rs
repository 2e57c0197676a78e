//! The socket to the Agent, which may be absent, move to another address, or be slow.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
#[cfg(unix)]
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::packets::SendPacket;
use crate::datadog::agent_address::AgentAddress;
use crate::datadog::delivery::Tally;

/// How long a packet may wait for a slow Agent, the same as in Datadog's Go client.
const SEND_TIMEOUT: Duration = Duration::from_millis(100);

/// How long packets may wait after one has timed out, so that a full queue is sent or dropped
/// within about a second.
const SLOW_SEND_TIMEOUT: Duration = Duration::from_millis(1);

/// How long to wait before another attempt to connect.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long to use a connection before looking up the host's name again.
const LOOK_UP_AFTER: Duration = Duration::from_secs(60);

/// A socket that sends packets, and counts the calls in them as sent or dropped.
pub(super) struct AgentSocket {
    address: AgentAddress,
    tally: Arc<Tally>,
    connection: Option<Connection>,
    /// The time of the latest failed attempt to connect, and its error.
    failed: Option<(Instant, String)>,
    /// The number of calls in the latest packet. With UDP, the kernel reports a refused packet when
    /// the next one is sent.
    latest_calls: u64,
}

struct Connection {
    socket: ConnectedSocket,
    since: Instant,
    /// Whether the latest packet timed out.
    is_slow: bool,
}

enum ConnectedSocket {
    /// With all addresses of the host's name, starting with the connected one.
    Udp(UdpSocket, Vec<SocketAddr>),
    #[cfg(unix)]
    Unix(UnixDatagram),
}

impl AgentSocket {
    pub(super) fn new(address: AgentAddress, tally: Arc<Tally>) -> Self {
        Self { address, tally, connection: None, failed: None, latest_calls: 0 }
    }

    fn send(&mut self, packet: &[u8]) -> Result<(), String> {
        let error = match self.connection()?.send(packet) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        match error.kind() {
            // A slow Agent is still there, so the connection is kept.
            _ if is_slow(&error) => return Err(self.describe(&error)),
            // With UDP this reports the previous packet, not this one.
            ErrorKind::ConnectionRefused if matches!(self.address, AgentAddress::Udp { .. }) => {
                let calls = std::mem::take(&mut self.latest_calls);
                self.tally.recount_as_dropped(calls, &self.describe(&error));
                if let Some(connection) = &mut self.connection {
                    connection.socket.switch_to_next_address();
                }
            }
            _ => self.connection = None,
        }
        // A restarted Agent has a new socket.
        self.connection()?.send(packet).map_err(|error| self.describe(&error))
    }

    fn connection(&mut self) -> Result<&mut Connection, String> {
        let old = self.connection.take_if(|current| current.since.elapsed() > LOOK_UP_AFTER);
        let latest = old.and_then(|connection| connection.socket.address());
        if self.connection.is_none() {
            if let Some((at, problem)) = &self.failed {
                if at.elapsed() < RETRY_AFTER {
                    return Err(problem.clone());
                }
            }
            match ConnectedSocket::connect(&self.address, latest) {
                Ok(socket) => {
                    self.failed = None;
                    self.connection =
                        Some(Connection { socket, since: Instant::now(), is_slow: false });
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
        let problem =
            if is_slow(error) { "the Agent is too slow".to_owned() } else { error.to_string() };
        match &self.address {
            AgentAddress::Udp { host, port } => {
                format!("no Agent accepts packets at {host}, UDP port {port}: {problem}")
            }
            AgentAddress::Unix(path) => {
                format!("no Agent accepts packets at {}: {problem}", path.display())
            }
        }
    }
}

impl SendPacket for AgentSocket {
    fn send_packet(&mut self, packet: &[u8], calls: u64) {
        match self.send(packet) {
            Ok(()) => {
                self.tally.count_sent(calls);
                self.latest_calls = calls;
            }
            Err(problem) => self.tally.count_dropped(calls, &problem),
        }
    }
}

fn is_slow(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

impl Connection {
    fn send(&mut self, packet: &[u8]) -> io::Result<()> {
        let result = self.socket.send(packet);
        let is_slow = result.as_ref().is_err_and(is_slow);
        if is_slow != self.is_slow {
            self.is_slow = is_slow;
            let timeout = if is_slow { SLOW_SEND_TIMEOUT } else { SEND_TIMEOUT };
            self.socket.set_timeout(timeout)?;
        }
        result
    }
}

impl ConnectedSocket {
    /// Connects to the Agent. Prefers `latest` among the addresses of a name, since it has not
    /// refused a packet.
    fn connect(address: &AgentAddress, latest: Option<SocketAddr>) -> io::Result<Self> {
        match address {
            AgentAddress::Udp { host, port } => {
                let mut addresses: Vec<_> = (host.as_str(), *port).to_socket_addrs()?.collect();
                if let Some(position) = addresses.iter().position(|one| Some(*one) == latest) {
                    addresses.rotate_left(position);
                }
                Self::connect_udp(addresses)
            }
            #[cfg(unix)]
            AgentAddress::Unix(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.connect(path)?;
                Self::Unix(socket).with_timeout()
            }
            #[cfg(not(unix))]
            AgentAddress::Unix(_) => Err(ErrorKind::Unsupported.into()),
        }
    }

    /// Connects to the first address that a socket can be connected to.
    fn connect_udp(mut addresses: Vec<SocketAddr>) -> io::Result<Self> {
        let mut result = Err(io::Error::new(ErrorKind::NotFound, "the name has no address"));
        for _ in 0..addresses.len() {
            result = udp_socket(addresses[0]);
            if result.is_ok() {
                break;
            }
            addresses.rotate_left(1);
        }
        Self::Udp(result?, addresses).with_timeout()
    }

    /// Connects to the next address, since the Agent may listen on only one of a name's addresses:
    /// often on 127.0.0.1 of a `localhost` whose first address is `::1`.
    fn switch_to_next_address(&mut self) {
        let addresses = match self {
            Self::Udp(_, addresses) if addresses.len() > 1 => {
                let mut addresses = std::mem::take(addresses);
                addresses.rotate_left(1);
                addresses
            }
            _ => return,
        };
        if let Ok(next) = Self::connect_udp(addresses) {
            *self = next;
        }
    }

    fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Udp(_, addresses) => addresses.first().copied(),
            #[cfg(unix)]
            Self::Unix(_) => None,
        }
    }

    fn with_timeout(self) -> io::Result<Self> {
        self.set_timeout(SEND_TIMEOUT)?;
        Ok(self)
    }

    fn set_timeout(&self, timeout: Duration) -> io::Result<()> {
        match self {
            Self::Udp(socket, _) => socket.set_write_timeout(Some(timeout)),
            #[cfg(unix)]
            Self::Unix(socket) => socket.set_write_timeout(Some(timeout)),
        }
    }

    fn send(&self, packet: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket, _) => socket.send(packet).map(drop),
            #[cfg(unix)]
            Self::Unix(socket) => socket.send(packet).map(drop),
        }
    }
}

fn udp_socket(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?,
        SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?,
    };
    // Connected, so that the kernel reports a port without a listener.
    socket.connect(address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes the addresses, since a test cannot choose what a name resolves to.
    fn socket_to(addresses: Vec<SocketAddr>) -> AgentSocket {
        let address = AgentAddress::Udp { host: "localhost".to_owned(), port: 8125 };
        let socket = ConnectedSocket::connect_udp(addresses).unwrap();
        let connection = Connection { socket, since: Instant::now(), is_slow: false };
        AgentSocket { connection: Some(connection), ..AgentSocket::new(address, Arc::default()) }
    }

    #[test]
    fn an_agent_at_the_second_address_of_a_name_is_found() {
        let closed = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let agent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        agent.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let addresses = [&closed, &agent].map(|socket| socket.local_addr().unwrap());
        drop(closed);
        let mut socket = socket_to(addresses.to_vec());
        for packet in 0..3 {
            socket.send_packet(format!("a:{packet}|g\n").as_bytes(), 1);
        }
        // The second packet reveals that the first was refused.
        let mut buffer = [0; 100];
        for packet in 1..3 {
            let length = agent.recv(&mut buffer).unwrap();
            assert_eq!(buffer[..length], *format!("a:{packet}|g\n").as_bytes());
        }
        let delivery = socket.tally.delivery();
        assert_eq!((delivery.sent, delivery.dropped), (2, 1));
    }

    #[test]
    fn addresses_are_tried_in_turn() {
        let sockets = [(); 3].map(|()| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let addresses = sockets.each_ref().map(|socket| socket.local_addr().unwrap());
        drop(sockets);
        let mut socket = socket_to(addresses.to_vec());
        for _ in 0..7 {
            socket.send_packet(b"a:1|g\n", 1);
        }
        let agent = UdpSocket::bind(addresses[1]).unwrap();
        agent.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        for _ in 0..4 {
            socket.send_packet(b"a:1|g\n", 1);
        }
        assert_eq!(agent.recv(&mut [0; 100]).unwrap(), 6);
    }

    #[test]
    fn the_latest_address_is_preferred() {
        let address = AgentAddress::Udp { host: "127.0.0.1".to_owned(), port: 8125 };
        let latest = (Ipv4Addr::LOCALHOST, 8125).into();
        for latest in [None, Some(latest), Some((Ipv4Addr::UNSPECIFIED, 1).into())] {
            let socket = ConnectedSocket::connect(&address, latest).unwrap();
            assert_eq!(socket.address(), Some((Ipv4Addr::LOCALHOST, 8125).into()));
        }
    }
}
