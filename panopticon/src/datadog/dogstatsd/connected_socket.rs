//! A socket that is connected to the Agent.

use std::io::{self, ErrorKind, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
#[cfg(unix)]
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::time::Duration;

use super::socket::SEND_TIMEOUT;

pub(super) enum ConnectedSocket {
    /// With all addresses of the host's name, starting with the connected one.
    Udp(UdpSocket, Vec<SocketAddr>),
    #[cfg(unix)]
    Unix(UnixDatagram),
    #[cfg(unix)]
    UnixStream(UnixStream),
}

impl ConnectedSocket {
    /// Connects to a datagram socket.
    pub(super) fn connect_unix(path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        {
            let socket = UnixDatagram::unbound()?;
            socket.connect(path)?;
            Self::Unix(socket).with_timeout()
        }
        #[cfg(not(unix))]
        Err(io::Error::new(ErrorKind::Unsupported, path.display().to_string()))
    }

    /// Connects to a stream socket.
    pub(super) fn connect_unix_stream(path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        return Self::UnixStream(UnixStream::connect(path)?).with_timeout();
        #[cfg(not(unix))]
        Err(io::Error::new(ErrorKind::Unsupported, path.display().to_string()))
    }

    /// Connects to the first address that a socket can be connected to.
    pub(super) fn connect_udp(mut addresses: Vec<SocketAddr>) -> io::Result<Self> {
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
    pub(super) fn switch_to_next_address(&mut self) {
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

    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Udp(_, addresses) => addresses.first().copied(),
            #[cfg(unix)]
            Self::Unix(_) | Self::UnixStream(_) => None,
        }
    }

    fn with_timeout(self) -> io::Result<Self> {
        self.set_timeout(SEND_TIMEOUT)?;
        Ok(self)
    }

    pub(super) fn set_timeout(&self, timeout: Duration) -> io::Result<()> {
        match self {
            Self::Udp(socket, _) => socket.set_write_timeout(Some(timeout)),
            #[cfg(unix)]
            Self::Unix(socket) => socket.set_write_timeout(Some(timeout)),
            #[cfg(unix)]
            Self::UnixStream(socket) => socket.set_write_timeout(Some(timeout)),
        }
    }

    pub(super) fn send(&mut self, packet: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket, _) => socket.send(packet).map(drop),
            #[cfg(unix)]
            Self::Unix(socket) => socket.send(packet).map(drop),
            #[cfg(unix)]
            Self::UnixStream(socket) => {
                // The length comes first: https://docs.datadoghq.com/developers/dogstatsd/unix_socket/
                let length = u32::try_from(packet.len()).map_err(io::Error::other)?;
                socket.write_all(&[&length.to_le_bytes(), packet].concat())
            }
        }
    }

    /// Returns whether the socket can be used after a packet was not sent in time. A part of it may
    /// be in a stream.
    pub(super) fn is_usable_after_timeout(&self) -> bool {
        match self {
            Self::Udp(..) => true,
            #[cfg(unix)]
            Self::Unix(_) => true,
            #[cfg(unix)]
            Self::UnixStream(_) => false,
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
