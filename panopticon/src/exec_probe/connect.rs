//! Connections to the service, over TCP or a Unix socket.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use super::target::{Address, Host};

pub(super) trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

pub(super) struct Connection {
    pub(super) stream: Box<dyn Stream>,
    /// Whether nothing on a network can read what is sent.
    pub(super) is_local: bool,
}

/// Connects, or returns why no address accepted. Resolving a name, and connecting to a Unix socket
/// whose queue is full, may block indefinitely; the caller enforces the deadline.
pub(super) fn connect(address: &Address, deadline: Instant) -> Result<Connection, String> {
    match address {
        Address::Tcp { host, port } => connect_to_first(&addresses(host, *port)?, deadline),
        Address::Unix(socket) => connect_to_unix_socket(socket),
    }
}

/// Returns the addresses to try: the loopback address for a service that is bound to every address.
fn addresses(host: &Host, port: u16) -> Result<Vec<SocketAddr>, String> {
    let (v4, v6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
    let ips = match host {
        Host::Ip(IpAddr::V4(ip)) if ip.is_unspecified() => vec![v4],
        // `[::]` also accepts IPv4, unless the socket is IPv6-only.
        Host::Ip(IpAddr::V6(ip)) if ip.is_unspecified() => vec![v6, v4],
        Host::Ip(ip) => vec![*ip],
        // An image built from scratch has no `/etc/hosts`.
        Host::Name(name) if name.eq_ignore_ascii_case("localhost") => vec![v4, v6],
        Host::Name(name) => {
            let found = (name.as_str(), port).to_socket_addrs();
            return found
                .map(Iterator::collect)
                .map_err(|error| format!("cannot resolve the name `{name}`: {error}"));
        }
    };
    Ok(ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
}

/// Connects to the first address that accepts. Each gets an equal share of the time left, so that
/// an address that drops packets leaves time for the others.
fn connect_to_first(addresses: &[SocketAddr], deadline: Instant) -> Result<Connection, String> {
    let mut failures = Vec::new();
    for (position, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let remaining = u32::try_from(addresses.len() - position).unwrap_or(u32::MAX);
        // A timeout of zero is an error.
        let share = (left / remaining).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(address, share) {
            Ok(stream) => {
                let is_local = address.ip().to_canonical().is_loopback();
                return Ok(Connection { stream: Box::new(stream), is_local });
            }
            Err(error) => failures.push(format!("cannot connect to {address}: {error}")),
        }
    }
    if failures.is_empty() {
        return Err("its name resolves to no address".to_owned());
    }
    Err(failures.join("; "))
}

#[cfg(unix)]
fn connect_to_unix_socket(socket: &str) -> Result<Connection, String> {
    match std::os::unix::net::UnixStream::connect(socket) {
        Ok(stream) => Ok(Connection { stream: Box::new(stream), is_local: true }),
        Err(error) => Err(format!("cannot connect to {socket}: {error}")),
    }
}

#[cfg(not(unix))]
fn connect_to_unix_socket(_: &str) -> Result<Connection, String> {
    Err("there are no Unix sockets on this platform; use `http://`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_bound_to_every_address_is_probed_at_the_loopback_address() {
        let ip = |text: &str| Host::Ip(text.parse().unwrap());
        for (host, expected) in [
            (ip("0.0.0.0"), &["127.0.0.1:9000"][..]),
            (ip("::"), &["[::1]:9000", "127.0.0.1:9000"]),
            (ip("10.0.0.1"), &["10.0.0.1:9000"]),
            (Host::Name("LocalHost".to_owned()), &["127.0.0.1:9000", "[::1]:9000"]),
        ] {
            let expected: Vec<SocketAddr> =
                expected.iter().map(|address| address.parse().unwrap()).collect();
            assert_eq!(addresses(&host, 9000), Ok(expected), "{host:?}");
        }
    }
}
