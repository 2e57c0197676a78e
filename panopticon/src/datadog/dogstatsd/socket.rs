//! The socket to the Agent, which may be absent, move to another address, or be slow.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::background::Background;
use super::connected_socket::ConnectedSocket;
use super::packets::SendPacket;
use crate::datadog::agent_address::AgentAddress;
use crate::datadog::delivery::Tally;

/// How long a packet may wait for a slow Agent, the same as in Datadog's Go client.
pub(super) const SEND_TIMEOUT: Duration = Duration::from_millis(100);

/// How long packets may wait after one has timed out, so that a full queue is sent or dropped
/// within about a second.
const SLOW_SEND_TIMEOUT: Duration = Duration::from_millis(1);

/// How long to wait before another attempt to connect.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long to use a connection before looking up the host's name again.
const LOOK_UP_AFTER: Duration = Duration::from_secs(60);

/// How long to wait for the first look-up of the host's name.
const FIRST_LOOK_UP_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait for a later one, and for a stream socket whose Agent accepts no connection: less
/// than a [`FlushGuard`](crate::datadog::FlushGuard) waits at the end of the process.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A socket that sends packets, and counts the calls in them as sent or dropped.
pub(super) struct AgentSocket {
    address: AgentAddress,
    tally: Arc<Tally>,
    look_up: Arc<LookUp>,
    looking_up: Background<Vec<SocketAddr>>,
    connecting: Background<ConnectedSocket>,
    /// The addresses that the latest successful look-up found.
    known_addresses: Vec<SocketAddr>,
    connection: Option<Connection>,
    /// The time of the latest failed attempt to connect, and its error.
    failed: Option<(Instant, String)>,
    /// The number of calls in the latest packet. With UDP, the kernel reports a refused packet when
    /// the next one is sent.
    latest_calls: u64,
}

/// Returns the addresses of a host with a port.
type LookUp = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

struct Connection {
    socket: ConnectedSocket,
    since: Instant,
    /// Whether the latest packet timed out.
    is_slow: bool,
}

impl AgentSocket {
    pub(super) fn new(address: AgentAddress, tally: Arc<Tally>) -> Self {
        let look_up = |host: &str, port| Ok((host, port).to_socket_addrs()?.collect());
        Self {
            address,
            tally,
            look_up: Arc::new(look_up),
            looking_up: Background::default(),
            connecting: Background::default(),
            known_addresses: Vec::new(),
            connection: None,
            failed: None,
            latest_calls: 0,
        }
    }

    fn send(&mut self, packet: &[u8]) -> Result<(), String> {
        let error = match self.connection()?.send(packet) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        match error.kind() {
            // A slow Agent is still there, so the connection is kept.
            _ if is_slow(&error) => {
                let problem = self.describe(&error);
                if self.connection.take_if(|it| !it.socket.is_usable_after_timeout()).is_some() {
                    self.failed = Some((Instant::now(), problem.clone()));
                }
                return Err(problem);
            }
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
            match self.connect(latest) {
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

    /// Connects to the Agent. Prefers `latest` among the addresses of a name, since it has not
    /// refused a packet.
    fn connect(&mut self, latest: Option<SocketAddr>) -> io::Result<ConnectedSocket> {
        match &self.address {
            AgentAddress::Udp { host, port } => {
                let (host, port) = (host.clone(), *port);
                self.find_addresses(host, port)?;
            }
            AgentAddress::Unix(path) => return ConnectedSocket::connect_unix(path),
            AgentAddress::UnixStream(path) => {
                let path = path.clone();
                // This waits while other connections wait to be accepted.
                let connect = move || ConnectedSocket::connect_unix_stream(&path);
                let connected = self.connecting.run(CONNECT_TIMEOUT, connect);
                return connected.unwrap_or_else(|| Err(ErrorKind::TimedOut.into()));
            }
        }
        let mut addresses = self.known_addresses.clone();
        if let Some(position) = addresses.iter().position(|one| Some(*one) == latest) {
            addresses.rotate_left(position);
        }
        ConnectedSocket::connect_udp(addresses)
    }

    /// Looks up the addresses of the host. If that fails or takes long, keeps the known ones: the
    /// Agent is probably still where it was.
    fn find_addresses(&mut self, host: String, port: u16) -> io::Result<()> {
        if let Ok(address) = host.parse::<IpAddr>() {
            self.known_addresses = vec![(address, port).into()];
            return Ok(());
        }
        let has_none = self.known_addresses.is_empty();
        let timeout = if has_none { FIRST_LOOK_UP_TIMEOUT } else { CONNECT_TIMEOUT };
        let look_up = Arc::clone(&self.look_up);
        match self.looking_up.run(timeout, move || look_up(&host, port)) {
            Some(Ok(addresses)) if !addresses.is_empty() => self.known_addresses = addresses,
            _ if !has_none => {}
            Some(Ok(_)) => {
                return Err(io::Error::new(ErrorKind::NotFound, "the name has no address"));
            }
            Some(Err(error)) => return Err(error),
            None => {
                let problem = "the look-up of the name has not ended";
                return Err(io::Error::other(problem));
            }
        }
        Ok(())
    }

    fn describe(&self, error: &io::Error) -> String {
        let problem =
            if is_slow(error) { "the Agent is too slow".to_owned() } else { error.to_string() };
        match &self.address {
            AgentAddress::Udp { host, port } => {
                format!("no Agent accepts packets at {host}, UDP port {port}: {problem}")
            }
            AgentAddress::Unix(path) | AgentAddress::UnixStream(path) => {
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

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, UdpSocket};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Mutex, mpsc};

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
            let socket = AgentSocket::new(address.clone(), Arc::default()).connect(latest).unwrap();
            assert_eq!(socket.address(), Some((Ipv4Addr::LOCALHOST, 8125).into()));
        }
    }

    #[test]
    fn the_last_good_address_is_used_while_look_ups_fail() {
        let agent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        agent.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let port = agent.local_addr().unwrap().port();
        let address = AgentAddress::Udp { host: "agent.example".to_owned(), port };
        let mut socket = AgentSocket::new(address, Arc::default());
        let is_down = Arc::new(AtomicBool::new(true));
        let has_no_address = Arc::new(AtomicBool::new(false));
        let (is_down_now, has_none_now) = (Arc::clone(&is_down), Arc::clone(&has_no_address));
        socket.look_up = Arc::new(move |host, port| {
            assert_eq!(host, "agent.example");
            match (is_down_now.load(Ordering::Relaxed), has_none_now.load(Ordering::Relaxed)) {
                (true, _) => Err(io::Error::other("no name server")),
                (false, true) => Ok(Vec::new()),
                (false, false) => Ok(vec![(Ipv4Addr::LOCALHOST, port).into()]),
            }
        });
        // Before the first success, there is none.
        socket.send_packet(b"a:0|g\n", 1);
        assert!(socket.tally.delivery().problem.unwrap().ends_with("no name server"));
        socket.failed = None;
        for (round, (down, none)) in
            [(false, false), (true, false), (false, true), (true, true)].into_iter().enumerate()
        {
            is_down.store(down, Ordering::Relaxed);
            has_no_address.store(none, Ordering::Relaxed);
            // As after a minute, or an error.
            socket.connection = None;
            let packet = format!("a:{round}|g\n");
            socket.send_packet(packet.as_bytes(), 1);
            let mut buffer = [0; 100];
            let length = agent.recv(&mut buffer).unwrap();
            assert_eq!(buffer[..length], *packet.as_bytes());
        }
        let delivery = socket.tally.delivery();
        assert_eq!((delivery.sent, delivery.dropped), (4, 1));
    }

    #[test]
    fn the_last_good_address_is_used_while_a_look_up_hangs() {
        let agents = [(); 2].map(|()| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let [first, second] = agents.each_ref().map(|agent| agent.local_addr().unwrap());
        let address = AgentAddress::Udp { host: "agent.example".to_owned(), port: 8125 };
        let mut socket = AgentSocket::new(address, Arc::default());
        // Each look-up waits for its result.
        let (sender, results) = mpsc::channel();
        let results = Mutex::new(results);
        socket.look_up = Arc::new(move |_, _| Ok(vec![results.lock().unwrap().recv().unwrap()]));

        let receives = |agent: usize, packet: &[u8]| {
            let mut buffer = [0; 100];
            agents[agent].set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            let length = agents[agent].recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..length], packet);
        };
        sender.send(first).unwrap();
        socket.send_packet(b"a:0|g\n", 1);
        receives(0, b"a:0|g\n");
        for packet in [b"a:1|g\n", b"a:2|g\n"] {
            // As after a minute.
            socket.connection = None;
            socket.send_packet(packet, 1);
            receives(0, packet);
        }
        sender.send(second).unwrap();
        while socket.known_addresses == [first] {
            socket.connection = None;
            socket.send_packet(b"a:3|g\n", 1);
        }
        receives(1, b"a:3|g\n");
        assert_eq!(socket.tally.delivery().dropped, 0);
    }
}
