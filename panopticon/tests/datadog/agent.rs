//! A stand-in for the Agent.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use panopticon::datadog::{Stats, StatsBuilder};

/// How long to wait for an expected packet.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A UDP socket for the client under test to send to.
pub(crate) struct Agent {
    socket: UdpSocket,
}

impl Agent {
    pub(crate) fn new(ip: IpAddr) -> Self {
        Self::at((ip, 0).into())
    }

    pub(crate) fn at(address: SocketAddr) -> Self {
        let socket = UdpSocket::bind(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket }
    }

    /// Returns a builder of a client that sends here, regardless of the environment.
    pub(crate) fn builder(&self) -> StatsBuilder {
        Stats::builder().enabled(true).dogstatsd_url(format!("udp://{}", self.address()))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// Receives the next packet.
    pub(crate) fn packet(&self) -> Vec<u8> {
        let mut buffer = vec![0; 65_536];
        let length = self.socket.recv(&mut buffer).unwrap();
        buffer.truncate(length);
        buffer
    }

    /// Receives the next `count` lines, from as many packets as necessary.
    pub(crate) fn lines(&self, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.len() < count {
            let packet = String::from_utf8(self.packet()).unwrap();
            lines.extend(packet.lines().map(str::to_owned));
        }
        assert_eq!(lines.len(), count, "{lines:#?}");
        lines
    }
}
