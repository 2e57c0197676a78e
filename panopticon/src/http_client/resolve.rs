//! Looks names up within a time. ureq's own resolver panics where no thread can be had.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The most addresses of one name that are tried, as ureq takes them.
const MAX_ADDRESSES: usize = 16;

#[derive(Debug)]
pub(super) struct Resolve;

impl Resolver for Resolve {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let address = uri
            .scheme()
            .zip(uri.authority())
            .and_then(|(scheme, authority)| DefaultResolver::host_and_port(scheme, authority))
            .ok_or(Error::HostNotFound)?;
        let found = match address.parse::<SocketAddr>() {
            Ok(address) => vec![address],
            Err(_) => look_up(address, timeout)?,
        };
        let mut addresses = self.empty();
        found.into_iter().take(MAX_ADDRESSES).for_each(|address| addresses.push(address));
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
    }
}

/// The system's look-up cannot be given up, so it has a thread of its own.
fn look_up(address: String, timeout: NextTimeout) -> Result<Vec<SocketAddr>, Error> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new().name("panopticon-name".to_owned()).spawn(move || {
        let found = address.to_socket_addrs().map(Iterator::collect);
        // Whoever asked may have given up.
        let _ = sender.try_send(found);
    })?;
    match receiver.recv_timeout(*timeout.after) {
        Ok(found) => Ok(found?),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(Error::Timeout(timeout.reason)),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(Error::Io(io::Error::other("the look-up of its name has ended")))
        }
    }
}
