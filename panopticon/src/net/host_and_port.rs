//! A server's address as users write it: `db.internal:5432`.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// A host, which is a name or an IP address, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostAndPort {
    pub(crate) host: Host,
    pub(crate) port: u16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Name(String),
    Address(IpAddr),
}

impl HostAndPort {
    /// Parses `host:port`. The error completes "… must be", and does not show the text, which may
    /// be a URL with a password.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str = "a host and a port, such as `db.internal:5432`, `192.0.2.1:5432` or \
                                `[2001:db8::1]:5432`, without a scheme or a path";
        let text = text.trim();
        if let Ok(address) = text.parse::<SocketAddr>() {
            let (host, port) = (Host::Address(address.ip()), address.port());
            return if port == 0 { Err(EXPECTED) } else { Ok(Self { host, port }) };
        }
        let (host, port) = text.split_once(':').ok_or(EXPECTED)?;
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        match port.parse() {
            Ok(port @ 1..) if is_number && is_name(host) => {
                Ok(Self { host: Host::Name(host.to_owned()), port })
            }
            _ => Err(EXPECTED),
        }
    }
}

/// Returns whether this could be a name in DNS or in the system's hosts file.
pub(crate) fn is_name(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=254).contains(&text.len())
        && text.chars().all(is_allowed)
        && text.trim_end_matches('.').split('.').all(|label| (1..=63).contains(&label.len()))
        && text.parse::<IpAddr>().is_err()
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => write!(f, "{address}"),
        }
    }
}

impl fmt::Display for HostAndPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) => write!(f, "{name}:{}", self.port),
            Host::Address(address) => write!(f, "{}", SocketAddr::new(*address, self.port)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_servers_are_parsed() {
        for text in
            ["db.internal:5432", "localhost:1", "a_b-c.example.:65535", "192.0.2.1:80", "[::1]:443"]
        {
            assert_eq!(HostAndPort::parse(text).unwrap().to_string(), text);
            assert_eq!(HostAndPort::parse(&format!(" {text}\n")).unwrap().to_string(), text);
        }
        let label = "a".repeat(64);
        for text in [
            "",
            ":5432",
            "db.internal",
            "db.internal:",
            "db.internal:0",
            "db.internal:+1",
            "db.internal:65536",
            "192.0.2.1",
            "192.0.2.1:0",
            "::1",
            "[::1]",
            "[db]:1",
            "a b:1",
            "a..b:1",
            ".:1",
            "a\0b:1",
            "postgres://user:password@db:5432/orders",
            "user:password@db:5432",
            "db:5432/",
            &format!("{label}:1"),
        ] {
            assert!(HostAndPort::parse(text).is_err(), "{text}");
        }
    }
}
