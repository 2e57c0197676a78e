//! Name lookups for ureq, whose own resolver starts a thread for each, and panics if it cannot.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::tcp::deadline;
use crate::net::{Cancellation, LookupError, Lookups};

/// A resolver that shares lookups with all others of this process.
pub(super) struct SharedResolver {
    lookups: Arc<Lookups>,
    cancellation: Cancellation,
}

impl SharedResolver {
    pub(super) fn new(cancellation: Cancellation) -> Self {
        Self { lookups: Lookups::of_process(), cancellation }
    }

    fn look_up(&self, uri: &Uri, timeout: NextTimeout) -> Result<Vec<SocketAddr>, Error> {
        let (host, port) = host_and_port(uri).ok_or(Error::HostNotFound)?;
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let found = self.lookups.look_up(host, port, deadline(timeout), &self.cancellation);
        found.map_err(|error| match error {
            LookupError::Failed(error) => error.into(),
            error if error.is_late() => {
                io::Error::new(io::ErrorKind::TimedOut, error.to_string()).into()
            }
            error => io::Error::other(error.to_string()).into(),
        })
    }
}

impl Resolver for SharedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.look_up(uri, timeout)?;
        let mut resolved = self.empty();
        for address in config.ip_family().keep_wanted(found.into_iter()) {
            if resolved.try_push(address).is_err() {
                break;
            }
        }
        if resolved.is_empty() { Err(Error::HostNotFound) } else { Ok(resolved) }
    }
}

impl fmt::Debug for SharedResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedResolver")
    }
}

/// Returns the host without brackets, and the port or the scheme's default.
fn host_and_port(uri: &Uri) -> Option<(&str, u16)> {
    let host = uri.host()?.trim_matches(['[', ']']);
    let port = match uri.port_u16() {
        Some(port) => port,
        None => DefaultResolver::host_and_port(uri.scheme()?, uri.authority()?)?
            .rsplit_once(':')?
            .1
            .parse()
            .ok()?,
    };
    Some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_and_port_are_those_of_the_uri() {
        for (uri, expected) in [
            ("http://a.example/", ("a.example", 80)),
            ("https://a.example/", ("a.example", 443)),
            ("https://a.example:8443/", ("a.example", 8443)),
            ("https://[2001:db8::1]/", ("2001:db8::1", 443)),
            ("http://192.0.2.1:81/", ("192.0.2.1", 81)),
            // A proxy's.
            ("socks5://proxy.example/", ("proxy.example", 1080)),
        ] {
            assert_eq!(host_and_port(&uri.parse().unwrap()), Some(expected), "{uri}");
        }
    }
}
