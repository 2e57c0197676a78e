//! Where a management server listens.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

/// Where a [`ManagementServer`](crate::ManagementServer) listens, for
/// [`Panopticon::serve`](crate::Panopticon::serve).
///
/// | from | listens on |
/// | --- | --- |
/// | `"127.0.0.1:9000"`, `"[::1]:9000"`, `"localhost:9000"` | this address; if a name has several, the first that is free |
/// | `"unix:/run/orders.sock"`, a `&Path` or a `PathBuf` | the Unix socket at this path |
/// | a `SocketAddr`, `(IpAddr, u16)` or `("localhost", 9000)` | this address and port |
///
/// For port 0, the operating system chooses a free port.
#[derive(Debug, Clone)]
pub struct ListenAddress(Kind);

#[derive(Debug, Clone)]
enum Kind {
    /// `host:port`, or `unix:` and a path.
    Text(String),
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// A resolved address.
pub(super) enum Resolved {
    /// In the order in which they are tried.
    Tcp(Vec<SocketAddr>),
    Unix(PathBuf),
}

impl ListenAddress {
    /// Resolves the address, with the system's resolver if it is a name.
    pub(super) fn resolve(&self) -> io::Result<Resolved> {
        match &self.0 {
            Kind::Tcp(address) => Ok(Resolved::Tcp(vec![*address])),
            Kind::Unix(path) => Ok(Resolved::Unix(path.clone())),
            Kind::Text(text) => match text.strip_prefix("unix:") {
                Some("") => Err(malformed()),
                Some(path) => Ok(Resolved::Unix(path.into())),
                None => resolve(text).map(Resolved::Tcp),
            },
        }
    }

    /// Returns an error that names the address.
    pub(super) fn error(&self, error: &io::Error) -> io::Error {
        let address = match &self.0 {
            Kind::Text(text) => format!("{text:?}"),
            Kind::Tcp(address) => address.to_string(),
            Kind::Unix(path) => format!("{:?}", format!("unix:{}", path.display())),
        };
        let message = format!("the management server cannot listen on {address}: {error}");
        io::Error::new(error.kind(), message)
    }
}

fn resolve(text: &str) -> io::Result<Vec<SocketAddr>> {
    let is_malformed = match text.rsplit_once(':') {
        // A URL or a path must not be resolved as a name.
        Some((host, port)) => host.is_empty() || host.contains('/') || port.parse::<u16>().is_err(),
        None => true,
    };
    if is_malformed {
        return Err(malformed());
    }
    text.to_socket_addrs().map(Iterator::collect)
}

fn malformed() -> io::Error {
    let expected = "write an address or a name and a port, such as `127.0.0.1:9000` or \
                    `localhost:9000`, or `unix:` and a path";
    io::Error::new(io::ErrorKind::InvalidInput, expected)
}

impl From<&str> for ListenAddress {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for ListenAddress {
    fn from(text: String) -> Self {
        Self(Kind::Text(text))
    }
}

impl From<&String> for ListenAddress {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<SocketAddr> for ListenAddress {
    fn from(address: SocketAddr) -> Self {
        Self(Kind::Tcp(address))
    }
}

impl From<(IpAddr, u16)> for ListenAddress {
    fn from(address: (IpAddr, u16)) -> Self {
        SocketAddr::from(address).into()
    }
}

impl From<(Ipv4Addr, u16)> for ListenAddress {
    fn from(address: (Ipv4Addr, u16)) -> Self {
        SocketAddr::from(address).into()
    }
}

impl From<(Ipv6Addr, u16)> for ListenAddress {
    fn from(address: (Ipv6Addr, u16)) -> Self {
        SocketAddr::from(address).into()
    }
}

impl From<(&str, u16)> for ListenAddress {
    /// Takes an IPv6 address with or without brackets.
    fn from((host, port): (&str, u16)) -> Self {
        match host.parse::<IpAddr>() {
            Ok(ip) => (ip, port).into(),
            Err(_) => format!("{host}:{port}").into(),
        }
    }
}

impl From<PathBuf> for ListenAddress {
    fn from(path: PathBuf) -> Self {
        Self(Kind::Unix(path))
    }
}

impl From<&Path> for ListenAddress {
    fn from(path: &Path) -> Self {
        path.to_owned().into()
    }
}
