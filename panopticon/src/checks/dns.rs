//! Checks that a name can be resolved.
//!
//! ```standalone_crate
//! use panopticon::checks::dns::check_dns;
//! use panopticon::{Health, healthcheck};
//!
//! #[healthcheck(interval = "30s")]
//! async fn ledger_name() -> Health {
//!     check_dns("ledger.internal").await
//! }
//! ```
//!
//! | what is found | the result |
//! | --- | --- |
//! | the name has addresses | healthy, `ledger.internal has 2 addresses` |
//! | it has none, or the lookup fails | unhealthy, `ledger.internal cannot be resolved: …` |
//! | DNS does not answer in time | unhealthy, `ledger.internal cannot be resolved within 1.5s: no answer from DNS` |
//! | other addresses than [expected](DnsCheck::expected_addresses) | unhealthy, `ledger.internal does not have the expected addresses: …` |
//! | the name or another setting is invalid | unhealthy, `DNS not checked: …` with every mistake |
//!
//! The detail `addresses` is their number. The addresses themselves are in messages as the text of
//! an error, which [anonymous readers](crate::Disclosure) of an HTTP answer do not see.
//!
//! The name is resolved by the system, as it would be for a connection: with its hosts file, its
//! search domains and its cache, if it has one.
//!
//! # Threads
//!
//! The system's lookup cannot be interrupted. While DNS hangs, it takes as long as the system
//! allows (with glibc's defaults, 10 s for each server and search domain), which is longer than the
//! timeouts of checks. All lookups of a process, including those of the other checks, therefore
//! share 8 threads, and checks of the same name share a lookup:
//!
//! - However many checks there are and however long DNS hangs, no more than these 8 threads are left
//!   behind. A check occupies a thread of its own only while it runs, and for at most 250 ms after its
//!   future was dropped.
//! - If all 8 are waiting, another check fails at its own timeout and says so: `no answer from DNS:
//!   all threads for name lookups are taken by 8 other names, which have no answer either, the first
//!   for 12 s`.
//! - Names whose last lookup took 1 s or longer share 4 of the 8 threads, so that one zone that hangs
//!   does not keep the others from being resolved.
//!
//! At most 256 different names are looked up or wait for a thread; a check of another one fails.

use std::collections::BTreeSet;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::{Duration, Instant};

use super::invalid_check::InvalidCheck;
use super::mistakes::validate_timeout;
use super::own_thread::run_on_own_thread;
use crate::health::{Health, Message};
use crate::net::{Cancellation, Lookups, is_name};

/// Checks that a name has at least one address. The methods of [`DnsCheck`] change what is expected.
///
/// ```
/// use panopticon::checks::dns::check_dns;
/// use panopticon::Status;
///
/// let health = check_dns("localhost").check_blocking();
/// assert_eq!(health.status(), Status::Healthy);
/// ```
pub fn check_dns(name: impl Into<String>) -> DnsCheck {
    DnsCheck { name: name.into(), expected: None, timeout: super::CONNECTION_TIMEOUT }
}

/// A check of a name, from [`check_dns`]: `.await` it, or call
/// [`check_blocking`](Self::check_blocking).
#[derive(Debug, Clone)]
#[must_use = "nothing is checked until this is awaited or `check_blocking` is called"]
pub struct DnsCheck {
    name: String,
    expected: Option<BTreeSet<IpAddr>>,
    timeout: Duration,
}

impl DnsCheck {
    /// Expects all of these addresses, IPv4 and IPv6, and no others, in any order.
    ///
    /// ```
    /// # use panopticon::checks::dns::check_dns;
    /// let check = check_dns("ledger.internal")
    ///     .expected_addresses(["10.0.0.7".parse()?, "10.0.0.8".parse()?]);
    /// # let _ = check;
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    pub fn expected_addresses(mut self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        self.expected = Some(addresses.into_iter().collect());
        self
    }

    /// Sets the time limit, instead of 1.5 s. More than zero and at most 30 days. It should be
    /// shorter than the health check's own, by default 2 s, whose "timed out" does not name a cause.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Returns the check itself if its settings are valid. Use this where the service starts, so that
    /// a mistake, such as in an address from an environment variable, ends it with an error instead
    /// of reporting an unhealthy component. Nothing is looked up.
    ///
    /// # Errors
    ///
    /// Returns every mistake.
    pub fn validated(self) -> Result<Self, InvalidCheck> {
        self.validate()?;
        Ok(self)
    }

    /// Runs the check on this thread, for a `fn` with `#[healthcheck]` and for programs without a
    /// runtime. In an `async fn`, `.await` the check instead, since this blocks other tasks.
    pub fn check_blocking(&self) -> Health {
        self.run(&Cancellation::default())
    }

    fn run(&self, cancellation: &Cancellation) -> Health {
        if let Err(invalid) = self.validate() {
            return invalid.health();
        }
        let name = self.name.trim();
        let deadline = Instant::now() + self.timeout;
        match Lookups::of_process().look_up(name, 0, deadline, cancellation) {
            Ok(found) => {
                let found: BTreeSet<_> = found.iter().map(SocketAddr::ip).collect();
                self.judge(name, &found).with("addresses", found.len())
            }
            Err(error) => {
                let within = if error.is_late() {
                    format!(" within {:?}", self.timeout)
                } else {
                    String::new()
                };
                let summary = format!("{name} cannot be resolved{within}");
                Health::from_message(Message::with_error(format!("{summary}: {error}"), summary))
            }
        }
    }

    fn validate(&self) -> Result<(), InvalidCheck> {
        let mut mistakes = Vec::new();
        if !is_name(self.name.trim()) {
            mistakes.push(
                "the name must be a host's, such as `db.internal`, not an IP address, and without a \
                 scheme, port or path"
                    .to_owned(),
            );
        }
        if self.expected.as_ref().is_some_and(BTreeSet::is_empty) {
            mistakes.push("`expected_addresses` must have at least one address".to_owned());
        }
        validate_timeout(self.timeout, &mut mistakes);
        if mistakes.is_empty() { Ok(()) } else { Err(InvalidCheck::new("DNS", mistakes)) }
    }

    fn judge(&self, name: &str, found: &BTreeSet<IpAddr>) -> Health {
        let Some(expected) = &self.expected else {
            let noun = if found.len() == 1 { "address" } else { "addresses" };
            return Health::healthy(format!("{name} has {} {noun}", found.len()));
        };
        let difference = [("missing", expected - found), ("unexpected", found - expected)]
            .iter()
            .filter(|(_, addresses)| !addresses.is_empty())
            .map(|(what, addresses)| format!("{what} {}", List(addresses)))
            .collect::<Vec<_>>();
        if difference.is_empty() {
            return Health::healthy(format!("{name} has the expected addresses"));
        }
        let summary = format!("{name} does not have the expected addresses");
        let error = format!("{summary}: {}", difference.join(", "));
        Health::from_message(Message::with_error(error, summary))
    }
}

impl IntoFuture for DnsCheck {
    type Output = Health;
    type IntoFuture = Pin<Box<dyn Future<Output = Health> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let cancellation = Cancellation::default();
        let end = cancellation.cancel_on_drop();
        Box::pin(run_on_own_thread("DNS", end, move || self.run(&cancellation)))
    }
}

/// Shows addresses, separated by commas.
struct List<'a>(&'a BTreeSet<IpAddr>);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, address) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{address}")?;
        }
        Ok(())
    }
}
