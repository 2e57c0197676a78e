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
            // The number of a zone, as in `[fe80::1%2]:80`, would be lost.
            let has_zone = text.contains('%');
            return if port == 0 || has_zone { Err(EXPECTED) } else { Ok(Self { host, port }) };
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

/// Returns whether this could be a name in DNS or in the system's hosts file. One that ends in a number
/// could not: the system reads `10`, `127.1` and `0x7f.1` as IPv4 addresses, as it always did, and
/// resolves them without DNS.
pub(crate) fn is_name(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let relative = text.strip_suffix('.').unwrap_or(text);
    (1..=253).contains(&relative.len())
        && relative.chars().all(is_allowed)
        && relative.split('.').all(|label| (1..=63).contains(&label.len()))
        && !relative.rsplit('.').next().is_some_and(is_number)
}

fn is_number(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    }
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
        for text in [
            "db.internal:5432",
            "localhost:1",
            "a_b-c.example.:65535",
            "192.0.2.1:80",
            "[::1]:443",
            "1.a:1",
            "0xg:1",
            "3com:1",
        ] {
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
            "[fe80::1%2]:1",
            "[fe80::1%eth0]:1",
            "10:1",
            "127.1:1",
            "0x7f.1:1",
            "1.0X7F:1",
            "192.0.2.1.:1",
            "a.example..:1",
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
