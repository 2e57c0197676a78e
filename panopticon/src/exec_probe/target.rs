//! What is probed: the address of the service, and the path to request there.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use super::shared_settings::from_environment;
use crate::escaped::Escaped;
use crate::settings::REPORT_PATH;

/// The prefix of the path of a Unix socket.
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
    /// Whether the target had no path, so that the path is the report's.
    pub(super) is_report: bool,
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
    /// Reads a URL, an address that a service can be bound to, or the path of a Unix socket. An
    /// error completes a sentence that begins with "the target".
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let refused = |why: &str| format!("`{}` {why}", Escaped(shown(text)));
        if let Some(socket) = text.strip_prefix(UNIX) {
            return read_unix(socket).map_err(refused);
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        match scheme.as_deref() {
            None | Some("http") => {}
            Some("https") => {
                return Err(refused(
                    "must not be an HTTPS URL, since the probe runs next to the service; use \
                     `http://` with an address of this machine, or `unix:`",
                ));
            }
            Some(_) => return Err(refused("must begin with `http://` or `unix:`")),
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(refused("must not have a user name or a password"));
        }
        let default_port = scheme.is_some().then_some(80);
        let (host, port) = read_authority(authority, default_port).ok_or_else(|| {
            refused(
                "must have a host and a port from 1 to 65535, such as `http://127.0.0.1:9000` or \
                 `127.0.0.1:9000`",
            )
        })?;
        let path = match path {
            "" => None,
            path => Some(read_path(path).map_err(refused)?),
        };
        Ok(Self { address: Address::Tcp { host, port }, path })
    }

    /// Reads the same as [`read`](Self::read), or a path to request from the address of `default`.
    pub(super) fn read_below(text: &str, default: &Self) -> Result<Self, String> {
        if !text.starts_with('/') {
            return Self::read(text);
        }
        let path = text.split('#').next().unwrap_or_default();
        let path = read_path(path).map_err(|why| format!("`{}` {why}", Escaped(text)))?;
        Ok(Self { address: default.address.clone(), path: Some(path) })
    }

    /// Returns the target with a path: its own, or the report's, which the environment sets for the
    /// service and the probe.
    pub(super) fn with_path(self) -> Result<FullTarget, String> {
        let Self { address, path } = self;
        if let Some(path) = path {
            return Ok(FullTarget { address, path, is_report: false });
        }
        match from_environment(&REPORT_PATH, &|variable| std::env::var(variable)) {
            Ok(path) => Ok(FullTarget { address, path, is_report: true }),
            Err(why) => Err(format!("`{}` {why}", Escaped(address.to_string()))),
        }
    }
}

/// Returns a target to show, without what may be a password.
pub(super) fn shown(text: &str) -> &str {
    if text.contains('@') { "…" } else { text }
}

/// Reads a path with its query. An error completes a sentence, as in [`Target::read`].
fn read_path(text: &str) -> Result<String, &'static str> {
    if !text.starts_with('/') {
        return Err("must have a path before its query");
    }
    // Anything else could end the first line of the request.
    if !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err("must have a path of visible ASCII characters; percent-encode all others");
    }
    Ok(text.to_owned())
}

fn read_unix(text: &str) -> Result<Target, &'static str> {
    // As in a URL: `unix:///run/service.sock`.
    let text = text.strip_prefix("//").filter(|rest| rest.starts_with('/')).unwrap_or(text);
    let (socket, path) = match text.find(":/") {
        Some(end) => (&text[..end], Some(read_path(&text[end + 1..])?)),
        None => (text, None),
    };
    if socket.is_empty() {
        return Err("must have the path of a socket, such as `unix:/run/service.sock`");
    }
    Ok(Target { address: Address::Unix(socket.to_owned()), path })
}

fn read_authority(text: &str, default_port: Option<u16>) -> Option<(Host, u16)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        return Some((Host::Ip(IpAddr::V6(host.parse().ok()?)), read_port(port, default_port)?));
    }
    let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if host.is_empty() || !host.chars().all(is_name) {
        return None;
    }
    let ip = host.parse::<Ipv4Addr>().map(|ip| Host::Ip(IpAddr::V4(ip)));
    Some((ip.unwrap_or_else(|_| Host::Name(host.to_owned())), read_port(port, default_port)?))
}

fn read_port(text: &str, default_port: Option<u16>) -> Option<u16> {
    if text.is_empty() {
        return default_port;
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

/// Leaves out the query, which may contain a secret.
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
            // What a service can be bound to.
            ("127.0.0.1:9000", "http://127.0.0.1:9000 -"),
            ("[::]:9000", "http://[::]:9000 -"),
            ("localhost:9000/livez", "http://localhost:9000 /livez"),
            ("unix:/run/a.sock", "unix:/run/a.sock -"),
            ("unix:a b/ä.sock", "unix:a b/ä.sock -"),
            ("unix:///run/a.sock", "unix:/run/a.sock -"),
            ("unix:/run/a.sock:/readyz?verbose", "unix:/run/a.sock /readyz?verbose"),
        ] {
            assert_eq!(shown_target(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (text, part) in [
            ("", "a host and a port"),
            ("127.0.0.1", "a host and a port"),
            ("livez", "a host and a port"),
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
            ("http://ho\nst", "a host and a port"),
            ("unix:", "the path of a socket"),
            ("unix::/livez", "the path of a socket"),
            ("unix:/run/a.sock:/a b", "ASCII"),
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
