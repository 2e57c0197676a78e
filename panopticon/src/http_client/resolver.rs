//! Name lookups with a timeout. ureq's own resolver starts a thread for each, and panics if it
//! cannot.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use ureq::unversioned::transport::time::Duration;

use super::shared_lookups::{OF_PROCESS, SharedLookups};

/// A resolver that shares lookups with all others of this process.
pub(super) struct TimedResolver(Arc<SharedLookups>);

impl Default for TimedResolver {
    fn default() -> Self {
        Self(Arc::clone(&OF_PROCESS))
    }
}

impl Resolver for TimedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let (Some(name), false) = (name_and_port(uri), is_address(uri)) else {
            // There is nothing to wait for. Without a timeout, ureq starts no thread.
            let no_timeout = NextTimeout { after: Duration::NotHappening, ..timeout };
            return DefaultResolver::default().resolve(uri, config, no_timeout);
        };
        let result = self.0.look_up(name, *timeout.after);
        let found = result.ok_or(Error::Timeout(timeout.reason))?;
        let found = found.as_ref().as_ref().map_err(copy)?;
        let mut resolved = self.empty();
        for address in config.ip_family().keep_wanted(found.iter().copied()) {
            if resolved.try_push(address).is_err() {
                break;
            }
        }
        if resolved.is_empty() { Err(Error::HostNotFound) } else { Ok(resolved) }
    }
}

impl fmt::Debug for TimedResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimedResolver")
    }
}

/// Returns the host and its port, such as `example.org:443`.
fn name_and_port(uri: &Uri) -> Option<String> {
    let name = DefaultResolver::host_and_port(uri.scheme()?, uri.authority()?)?;
    // DNS ignores case.
    Some(name.to_ascii_lowercase())
}

fn is_address(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host.parse::<IpAddr>().is_ok()
}

/// Returns an error of the same kind and text.
fn copy(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::SocketAddr;
    use std::sync::Mutex;
    use std::thread;
    use std::time::{Duration, Instant};

    use ureq::Timeout;

    use super::super::shared_lookups::{Addresses, End, MAX_IN_FLIGHT};
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// Lookups that end when the test says so.
    #[derive(Default)]
    struct Dns {
        /// The names that were looked up, and the ends of those lookups that have not ended.
        started: Mutex<(Vec<String>, BTreeMap<String, End>)>,
        is_refused: Mutex<bool>,
    }

    impl Dns {
        fn resolver() -> (Arc<Self>, TimedResolver) {
            let dns = Arc::new(Self::default());
            let started = Arc::clone(&dns);
            let lookups = SharedLookups::new(move |name, end| started.start(name, end));
            (dns, TimedResolver(lookups))
        }

        fn start(&self, name: String, end: End) {
            let mut started = self.started.lock().unwrap();
            started.0.push(name.clone());
            if *self.is_refused.lock().unwrap() {
                return end(Err(io::ErrorKind::WouldBlock.into()));
            }
            assert!(started.1.insert(name, end).is_none(), "two lookups of a name at once");
        }

        /// Returns the names of the lookups so far.
        fn started(&self) -> Vec<String> {
            self.started.lock().unwrap().0.clone()
        }

        fn wait_for_start(&self) {
            let start = Instant::now();
            while self.started.lock().unwrap().1.is_empty() {
                assert!(start.elapsed() < PATIENCE, "no lookup has started");
                thread::yield_now();
            }
        }

        fn end(&self, name: &str, result: Addresses) {
            let end = self.started.lock().unwrap().1.remove(name).unwrap();
            end(result);
        }
    }

    fn resolve(
        resolver: &TimedResolver,
        url: &str,
        timeout: Duration,
    ) -> Result<Vec<SocketAddr>, String> {
        let after = ureq::unversioned::transport::time::Duration::Exact(timeout);
        let timeout = NextTimeout { after, reason: Timeout::Resolve, ..NextTimeout::default() };
        let config = ureq::Agent::config_builder().build();
        let result = resolver.resolve(&url.parse().unwrap(), &config, timeout);
        result.map(|found| found.to_vec()).map_err(|error| error.to_string())
    }

    fn address(last: u8) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, last], 80))
    }

    #[test]
    fn while_dns_hangs_there_is_one_lookup_for_each_name() {
        let (dns, resolver) = Dns::resolver();
        for _ in 0..20 {
            for check in 0..10 {
                let url = format!("http://check-{check}.test/status");
                let result = resolve(&resolver, &url, Duration::ZERO);
                assert!(result.unwrap_err().contains("timeout"));
            }
        }
        assert_eq!(dns.started().len(), 10);
        resolve(&resolver, "https://check-1.test", Duration::ZERO).unwrap_err();
        resolve(&resolver, "http://CHECK-1.test:80", Duration::ZERO).unwrap_err();
        assert_eq!(dns.started()[10..], ["check-1.test:443"], "another port, but no other case");
    }

    #[test]
    fn all_callers_get_the_result_of_the_lookup_in_flight() {
        for result in [Ok(vec![address(1), address(2)]), Err(io::Error::other("no such name"))] {
            let expected = match &result {
                Ok(addresses) => Ok(addresses.clone()),
                Err(error) => Err(format!("io: {error}")),
            };
            let (dns, resolver) = Dns::resolver();
            thread::scope(|scope| {
                let caller = || resolve(&resolver, "http://a.test", PATIENCE);
                let callers: Vec<_> = (0..8).map(|_| scope.spawn(caller)).collect();
                dns.wait_for_start();
                // One that gives up takes nothing from the others.
                resolve(&resolver, "http://a.test", Duration::ZERO).unwrap_err();
                // Those that have not asked by now get the same from a lookup of their own.
                dns.end("a.test:80", result);
                let start = Instant::now();
                while callers.iter().any(|caller| !caller.is_finished()) {
                    assert!(start.elapsed() < PATIENCE, "a caller still waits");
                    let late = dns.started.lock().unwrap().1.remove("a.test:80");
                    if let Some(end) = late {
                        end(expected.clone().map_err(|_| io::Error::other("no such name")));
                    }
                    thread::yield_now();
                }
                for caller in callers {
                    assert_eq!(caller.join().unwrap(), expected);
                }
            });
        }
    }

    #[test]
    fn a_result_is_not_kept() {
        let (dns, resolver) = Dns::resolver();
        thread::scope(|scope| {
            for run in 1..=3 {
                let caller = scope.spawn(|| resolve(&resolver, "http://a.test", PATIENCE));
                dns.wait_for_start();
                dns.end("a.test:80", Ok(vec![address(run)]));
                assert_eq!(caller.join().unwrap(), Ok(vec![address(run)]));
            }
        });
        assert_eq!(dns.started().len(), 3);
    }

    #[test]
    fn a_refused_thread_is_not_remembered() {
        let (dns, resolver) = Dns::resolver();
        *dns.is_refused.lock().unwrap() = true;
        for _ in 0..2 {
            let error = resolve(&resolver, "http://a.test", PATIENCE).unwrap_err();
            assert_eq!(error, format!("io: {}", io::ErrorKind::WouldBlock));
        }
        *dns.is_refused.lock().unwrap() = false;
        resolve(&resolver, "http://a.test", Duration::ZERO).unwrap_err();
        dns.end("a.test:80", Ok(vec![address(1)]));
        assert_eq!(dns.started().len(), 3);
    }

    #[test]
    fn the_number_of_names_in_flight_is_bounded() {
        let (dns, resolver) = Dns::resolver();
        let resolve =
            |number: usize| resolve(&resolver, &format!("http://{number}.test"), Duration::ZERO);
        for number in 0..MAX_IN_FLIGHT {
            assert!(resolve(number).unwrap_err().contains("timeout"));
        }
        let refused = "io: 256 other names are being looked up";
        assert_eq!(resolve(MAX_IN_FLIGHT), Err(refused.to_owned()));
        assert!(resolve(0).unwrap_err().contains("timeout"), "a known one is waited for");
        dns.end("0.test:80", Ok(Vec::new()));
        assert!(resolve(MAX_IN_FLIGHT).unwrap_err().contains("timeout"));
        assert_eq!(dns.started().len(), MAX_IN_FLIGHT + 1);
    }

    #[test]
    fn a_name_without_an_address_is_unknown_and_many_addresses_are_cut() {
        let (dns, resolver) = Dns::resolver();
        thread::scope(|scope| {
            for (count, expected) in [(0, Err("host not found".to_owned())), (100, Ok(16))] {
                let caller = scope.spawn(|| resolve(&resolver, "http://a.test", PATIENCE));
                dns.wait_for_start();
                dns.end("a.test:80", Ok((0..count).map(address).collect()));
                assert_eq!(caller.join().unwrap().map(|found| found.len()), expected);
            }
        });
    }

    #[test]
    fn addresses_are_not_looked_up() {
        let (dns, resolver) = Dns::resolver();
        for (url, expected) in [
            ("http://192.0.2.7", "192.0.2.7:80"),
            ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
        ] {
            let expected: SocketAddr = expected.parse().unwrap();
            assert_eq!(resolve(&resolver, url, Duration::ZERO), Ok(vec![expected]));
        }
        assert!(dns.started().is_empty());
    }

    #[test]
    fn the_system_resolves_localhost() {
        let found = resolve(&TimedResolver::default(), "http://localhost:8080", PATIENCE).unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 8080));
    }
}
