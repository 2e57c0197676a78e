//! Name lookups with a timeout. ureq's own resolver panics if it cannot start a thread.

use std::io;
use std::net::IpAddr;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use ureq::unversioned::transport::time::Duration;

#[derive(Debug)]
pub(super) struct TimedResolver;

impl Resolver for TimedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let (uri, config) = (uri.clone(), config.clone());
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let is_address = host.parse::<IpAddr>().is_ok();
        let look_up = move || {
            // Without a timeout, ureq starts no thread.
            let no_timeout = NextTimeout { after: Duration::NotHappening, ..timeout };
            DefaultResolver::default().resolve(&uri, &config, no_timeout)
        };
        if is_address {
            return look_up();
        }
        // The system's lookup cannot be interrupted, so it has a thread of its own.
        let (sender, receiver) = mpsc::sync_channel(1);
        thread::Builder::new().name("panopticon-name".to_owned()).spawn(move || {
            // The caller may have given up.
            let _ = sender.try_send(look_up());
        })?;
        receiver.recv_timeout(*timeout.after).unwrap_or_else(|error| match error {
            RecvTimeoutError::Timeout => Err(Error::Timeout(timeout.reason)),
            RecvTimeoutError::Disconnected => {
                Err(io::Error::other("the name lookup ended without a result").into())
            }
        })
    }
}
