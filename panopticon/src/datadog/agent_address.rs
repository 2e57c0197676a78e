//! The Agent's address.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use super::sanitize::MAX_HOSTNAME;

pub(super) const DEFAULT_HOST: &str = "127.0.0.1";
pub(super) const DEFAULT_PORT: u16 = 8125;

/// The Agent's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AgentAddress {
    /// A name, or an IPv4 or IPv6 address without brackets.
    Udp { host: String, port: u16 },
    /// The path of a datagram socket.
    Unix(PathBuf),
    /// The path of a stream socket.
    UnixStream(PathBuf),
}

impl AgentAddress {
    /// Returns the maximum size of a packet: over UDP, what networks with an MTU of 1,500 bytes do
    /// not split; over a Unix socket, what the Agent reads at once.
    pub(super) fn max_packet(&self) -> usize {
        match self {
            Self::Udp { .. } => 1_432,
            Self::Unix(_) | Self::UnixStream(_) => 8_192,
        }
    }

    /// Returns the maximum size of all default tags together: half of a packet, without the line
    /// break.
    pub(super) fn max_default_tags(&self) -> usize {
        (self.max_packet() - 1) / 2
    }
}

/// Writes the URL.
impl fmt::Display for AgentAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp { host, port } if host.contains(':') => write!(f, "udp://[{host}]:{port}"),
            Self::Udp { host, port } => write!(f, "udp://{host}:{port}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::UnixStream(path) => write!(f, "unixstream://{}", path.display()),
        }
    }
}

/// Parses a URL, or what Datadog's tracer for Python accepts instead: a path, or a host with or
/// without a port.
pub(super) fn parse_url(url: &str) -> Option<AgentAddress> {
    let rest = match url.split_once("://") {
        Some(("udp", rest)) => rest,
        Some(_) => return parse_unix(url),
        None if url.starts_with('/') => return parse_unix(&format!("unix://{url}")),
        None => url,
    };
    // IPv6 addresses contain colons themselves.
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            (host, port.parse().ok().filter(|port| *port != 0)?)
        }
        _ => (rest, DEFAULT_PORT),
    };
    if host.contains(':') && !host.starts_with('[') {
        return None;
    }
    parse_host(host, port)
}

pub(super) fn parse_host(host: &str, port: u16) -> Option<AgentAddress> {
    if host.contains("://") {
        return parse_unix(host);
    }
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').filter(|address| address.contains(':'))?,
        None => host,
    };
    let is_address = bare.parse::<IpAddr>().is_ok();
    (is_address || is_host(bare)).then(|| AgentAddress::Udp { host: bare.to_owned(), port })
}

fn parse_unix(url: &str) -> Option<AgentAddress> {
    // Datadog accepts the first two schemes for a datagram socket.
    let (scheme, path) = url.split_once("://")?;
    let path = Some(path).filter(|path| cfg!(unix) && path.starts_with('/')).map(PathBuf::from)?;
    match scheme {
        "unix" | "unixgram" => Some(AgentAddress::Unix(path)),
        "unixstream" => Some(AgentAddress::UnixStream(path)),
        _ => None,
    }
}

/// Returns whether the text can be a hostname (RFC 1123, section 2.1), or a name in Docker, which
/// may have `_`.
pub(super) fn is_host(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.len() <= MAX_HOSTNAME && text.chars().all(is_plain)
}
