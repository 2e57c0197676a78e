//! What is probed: the address of the service, and the path to request there.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use crate::escaped::Escaped;
use crate::settings::{REPORT_PATH, SettingProblems};

/// The beginning of the path of a Unix socket.
const UNIX: &str = "unix:";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) address: Address,
    /// The path and query to request; `None` for that of the report.
    path: Option<String>,
}

/// A target whose path is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FullTarget {
    pub(super) address: Address,
    /// The path and query to request.
    pub(super) path: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    Tcp { host: Host, port: u16 },
    Unix(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    Ip(IpAddr),
    Name(String),
}

impl Target {
    /// Reads a URL or the path of a Unix socket. An error is the end of a sentence about the target.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let refused = |why: &str| format!("`{}` {why}", Escaped(shown(text)));
        // Anything else could end the request's first line.
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(refused(
                "must have ASCII characters only, and no spaces; percent-encode them",
            ));
        }
        if let Some(socket) = text.strip_prefix(UNIX) {
            return read_unix(socket).ok_or_else(|| {
                refused("must be `unix:`, the absolute path of the socket and perhaps `:/path`, such as `unix:/run/service.sock:/readyz`")
            });
        }
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| refused("must begin with `http://` or `unix:`"))?;
        if scheme.eq_ignore_ascii_case("https") {
            return Err(refused(
                "must not be an HTTPS URL, since a probe asks the service beside it; use `http://` with a port of the loopback address, or `unix:`",
            ));
        }
        if !scheme.eq_ignore_ascii_case("http") {
            return Err(refused("must begin with `http://` or `unix:`"));
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(refused("must not have a user or a password"));
        }
        let (host, port) = read_authority(authority).ok_or_else(|| {
            refused("must have a host and a port, such as `http://127.0.0.1:9000`")
        })?;
        let path = match path {
            "" => None,
            path if path.starts_with('?') => {
                return Err(refused("must have a path before its query"));
            }
            path => Some(path.to_owned()),
        };
        Ok(Self { address: Address::Tcp { host, port }, path })
    }

    /// Reads the same, or a path that is requested from the address of `default`.
    pub(super) fn read_below(text: &str, default: &Self) -> Result<Self, String> {
        if !text.starts_with('/') || !text.chars().all(|c| c.is_ascii_graphic()) {
            return Self::read(text);
        }
        let path = text.split('#').next().map(str::to_owned);
        Ok(Self { address: default.address.clone(), path })
    }

    /// Returns the target with a path: its own, or that of the report, from the environment that the
    /// probe shares with the service.
    pub(super) fn with_path(self) -> Result<FullTarget, String> {
        let Self { address, path } = self;
        if let Some(path) = path {
            return Ok(FullTarget { address, path });
        }
        let mut problems = SettingProblems::default();
        let path = REPORT_PATH.settle(None, &|variable| std::env::var(variable), &mut problems);
        match problems.invalid.first() {
            None => Ok(FullTarget { address, path }),
            Some(invalid) => Err(format!("`{address}` cannot be asked: {invalid}")),
        }
    }
}

/// Returns a target for people, without what may be a password.
pub(super) fn shown(text: &str) -> &str {
    if text.contains('@') { "…" } else { text }
}

fn read_unix(text: &str) -> Option<Target> {
    // As in a URL: `unix:///run/service.sock`.
    let text = text.strip_prefix("//").filter(|rest| rest.starts_with('/')).unwrap_or(text);
    let (socket, path) = match text.find(":/") {
        Some(end) => (&text[..end], Some(text[end + 1..].to_owned())),
        None => (text, None),
    };
    let is_path = socket.len() > 1 && socket.starts_with('/');
    is_path.then(|| Target { address: Address::Unix(socket.to_owned()), path })
}

fn read_authority(text: &str) -> Option<(Host, u16)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        return Some((Host::Ip(IpAddr::V6(host.parse().ok()?)), read_port(port)?));
    }
    let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if host.is_empty() || !host.chars().all(is_name) {
        return None;
    }
    let ip = host.parse::<Ipv4Addr>().map(|ip| Host::Ip(IpAddr::V4(ip)));
    Some((ip.unwrap_or_else(|_| Host::Name(host.to_owned())), read_port(port)?))
}

fn read_port(text: &str) -> Option<u16> {
    if text.is_empty() {
        return Some(80);
    }
    let port = text.strip_prefix(':')?;
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse().ok().filter(|&port| is_number && port != 0)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host: Host::Ip(IpAddr::V6(ip)), port } => write!(f, "http://[{ip}]:{port}"),
            Self::Tcp { host: Host::Ip(ip), port } => write!(f, "http://{ip}:{port}"),
            Self::Tcp { host: Host::Name(name), port } => write!(f, "http://{name}:{port}"),
            Self::Unix(socket) => write!(f, "{UNIX}{socket}"),
        }
    }
}

/// Leaves the query out, which may have a secret.
impl fmt::Display for FullTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split('?').next().unwrap_or_default();
        match &self.address {
            Address::Tcp { .. } => write!(f, "{}{path}", self.address),
            Address::Unix(_) => write!(f, "{}:{path}", self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown_target(text: &str) -> Result<String, String> {
        let Target { address, path } = Target::read(text)?;
        Ok(format!("{address} {}", path.as_deref().unwrap_or("-")))
    }

    #[test]
    fn targets_are_read() {
        for (text, expected) in [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000 -"),
            ("HTTP://127.0.0.1:9000/", "http://127.0.0.1:9000 /"),
            ("http://localhost/healthcheck?tag=a#top", "http://localhost:80 /healthcheck?tag=a"),
            ("http://[::1]:9000/livez", "http://[::1]:9000 /livez"),
            ("http://[::]", "http://[::]:80 -"),
            ("http://my_service.internal:8080", "http://my_service.internal:8080 -"),
            ("unix:/run/a.sock", "unix:/run/a.sock -"),
            ("unix:///run/a.sock", "unix:/run/a.sock -"),
            ("unix:/run/a.sock:/readyz?verbose", "unix:/run/a.sock /readyz?verbose"),
        ] {
            assert_eq!(shown_target(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (text, part) in [
            ("", "must begin with"),
            ("127.0.0.1:9000", "must begin with"),
            ("ftp://127.0.0.1", "must begin with"),
            ("https://127.0.0.1", "must not be an HTTPS URL"),
            ("http://", "a host and a port"),
            ("http://:9000", "a host and a port"),
            ("http://host:0", "a host and a port"),
            ("http://host:99999", "a host and a port"),
            ("http://host:+80", "a host and a port"),
            ("http://[::1", "a host and a port"),
            ("http://[::1%eth0]", "a host and a port"),
            ("http://[::1]x", "a host and a port"),
            ("http://ho$t", "a host and a port"),
            ("http://host?tag=a", "a path before its query"),
            ("http://host/a b", "ASCII"),
            ("http://host/\r\nEvil: 1", "ASCII"),
            ("http://host/ä", "ASCII"),
            ("unix:", "absolute path"),
            ("unix:/", "absolute path"),
            ("unix:run/a.sock", "absolute path"),
            ("unix:/run/a b.sock", "ASCII"),
        ] {
            let error = shown_target(text).unwrap_err();
            assert!(error.contains(part), "{text:?}: {error}");
            assert!(!error.contains(['\r', '\n']), "{error:?}");
        }
    }

    #[test]
    fn an_error_shows_no_password() {
        for text in ["http://user:secret@host/", "https://:secret@host", "user:secret@host"] {
            let error = shown_target(text).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_path_is_requested_from_the_default_address() {
        let default = Target::read("http://0.0.0.0:9000/healthcheck").unwrap();
        let target = Target::read_below("/livez", &default).unwrap();
        assert_eq!(target, Target::read("http://0.0.0.0:9000/livez").unwrap());
        let other = Target::read_below("unix:/run/a.sock", &default).unwrap();
        assert_eq!(other, Target::read("unix:/run/a.sock").unwrap());
        assert!(Target::read_below("/a b", &default).is_err());
    }
}
