//! Checks how long a certificate is valid, and whether clients accept it.
//!
//! ```standalone_crate
//! use panopticon::checks::certificate::{check_certificate, check_certificate_file};
//! use panopticon::{Health, healthcheck};
//!
//! #[healthcheck(interval = "1h", no_probe)]
//! async fn public_certificate() -> Health {
//!     check_certificate("orders.example.com:443").await
//! }
//!
//! #[healthcheck(interval = "1h", no_probe)]
//! async fn own_certificate() -> Health {
//!     check_certificate_file("/etc/orders/tls.crt").name("orders.internal").await
//! }
//! ```
//!
//! Renewals are for people: keep these checks out of the probes, since no replica is better off
//! without traffic because a certificate expires soon.
//!
//! | what is found | the result |
//! | --- | --- |
//! | the chain is valid for 14 days or longer | healthy, `orders.example.com:443: the certificate expires in 62 days` |
//! | it is valid for less than 14 days | degraded, with the same text |
//! | for less than 3 days | unhealthy, with the same text |
//! | it has expired | unhealthy, `…: the certificate expired 3 days ago` |
//! | it is not valid yet | unhealthy, `…: the certificate is not valid for another 2 days` |
//! | it is another name's | unhealthy, `…: the certificate is for a.example, not b.example` |
//! | an intermediate certificate is missing | unhealthy, ``…: the issuer `CN=…` is neither trusted nor among the 1 presented certificates; is an intermediate certificate missing?`` |
//! | its authority is not trusted | unhealthy, ``…: the issuer `CN=…` is not trusted`` |
//! | it is self-signed | unhealthy, `…: the certificate is self-signed and not among those that are trusted` |
//! | the server is not reached, or does not speak TLS | unhealthy, with the reason |
//! | a setting is invalid | unhealthy, `certificate not checked: …` with every mistake |
//!
//! If there are several reasons, the message has all of them. Whichever certificate of the chain
//! expires first counts; if it is not the first one, the message names it: ``the issuer's certificate
//! `CN=…` expires in 10 days``. Of what a server presents, certificates that are not needed do not
//! count, such as one of an older authority.
//!
//! The details are `days_left`, which is negative after the end, and `expires_at`.
//!
//! The certificates are judged after the handshake, in which the server has proved that it has the key.
//! Therefore, the message can name every reason, and a server that demands a client certificate is
//! checked as well. Nothing is sent after the handshake. Revocation is not checked.
//!
//! # Default bounds
//!
//! | bound | default | source |
//! | --- | --- | --- |
//! | degraded below | 14 days | [cert-manager] and certbot renew 30 days before the end of 90, so at 14 days it has failed for two weeks |
//! | unhealthy below | 3 days | a long weekend |
//!
//! [cert-manager]: https://cert-manager.io/docs/usage/certificate/

use std::future::{Future, IntoFuture};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::{Duration, Instant};

use rustls::pki_types::{CertificateDer, ServerName};

use super::certificate_expiry::{DAY, with_expiry};
use super::connection::{Server, no_connection};
use super::invalid_check::InvalidCheck;
use super::mistakes::validate_timeout;
use super::own_thread::run_on_own_thread;
use super::served_certificate::{
    INVALID_HOST, INVALID_NAME, failure, name_of, shake_hands, validate,
};
use crate::health::{Health, Status};
use crate::net::tls::{Roots, certificates_of_pem, days, read_pem_file};
use crate::net::{Cancellation, HostAndPort, open};

/// Checks the certificate of a server, and those of its issuers. The address is a host and a port,
/// such as `example.org:443`; the host is the name that the certificate must be for.
///
/// ```no_run
/// use panopticon::checks::certificate::check_certificate;
///
/// let health = check_certificate("example.org:443").check_blocking();
/// println!("{}", health.message().unwrap_or_default());
/// ```
pub fn check_certificate(address: impl AsRef<str>) -> CertificateCheck {
    CertificateCheck::new(Source::Server(HostAndPort::parse(address.as_ref())))
}

/// Checks the certificates in a PEM file, such as that of this service: the service's own first, then
/// those of its issuers. The file is read for each run. A key in it is ignored.
///
/// Names are checked if there is a [`name`](CertificateCheck::name), and the authority if there are
/// [`root_certificates`](CertificateCheck::root_certificates).
pub fn check_certificate_file(path: impl Into<PathBuf>) -> CertificateCheck {
    CertificateCheck::new(Source::File(path.into()))
}

/// A check of a certificate, from [`check_certificate`] or [`check_certificate_file`]: `.await` it, or
/// call [`check_blocking`](Self::check_blocking).
#[derive(Debug, Clone)]
#[must_use = "nothing is checked until this is awaited or `check_blocking` is called"]
pub struct CertificateCheck {
    source: Source,
    name: Option<String>,
    roots: Option<Result<Roots, String>>,
    degraded_days: u32,
    unhealthy_days: u32,
    timeout: Duration,
}

#[derive(Debug, Clone)]
enum Source {
    Server(Server),
    File(PathBuf),
}

/// What is expected, once all settings are known to be valid.
struct Expected<'a> {
    source: ValidSource<'a>,
    name: Option<ServerName<'static>>,
    roots: Option<Roots>,
}

enum ValidSource<'a> {
    /// With the name that it is asked for.
    Server(&'a HostAndPort, ServerName<'static>),
    File(&'a Path),
}

impl CertificateCheck {
    fn new(source: Source) -> Self {
        Self {
            source,
            name: None,
            roots: None,
            degraded_days: 14,
            unhealthy_days: 3,
            timeout: super::CONNECTION_TIMEOUT,
        }
    }

    /// Sets the name or IP address that the certificate must be for, instead of the server's host. It
    /// is also what the server is asked for (SNI).
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Trusts the certificates in this PEM text, instead of Mozilla's list: those of an authority of
    /// your own, or the server's own if it is self-signed.
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.roots = Some(Roots::from_pem(pem.as_ref()));
        self
    }

    /// Sets the number of days below which the check is degraded, instead of 14. 0 switches this bound
    /// off.
    pub fn degraded_below_days(mut self, days: u32) -> Self {
        self.degraded_days = days;
        self
    }

    /// Sets the number of days below which the check is unhealthy, instead of 3. With 0, it is
    /// unhealthy once the certificate has expired.
    pub fn unhealthy_below_days(mut self, days: u32) -> Self {
        self.unhealthy_days = days;
        self
    }

    /// Sets the time limit for everything together, instead of 1.5 s: to resolve the name, connect and
    /// shake hands. More than zero and at most 30 days. It should be shorter than the health check's
    /// own, by default 2 s, whose "timed out" does not name a cause.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Returns the check itself if its settings are valid. Use this where the service starts, so that
    /// a mistake, such as in an address from an environment variable, ends it with an error instead
    /// of reporting an unhealthy component. Nothing is connected, and no file is read.
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
        self.validate()
            .map_err(|invalid| invalid.health())
            .and_then(|expected| {
                let presented = match &expected.source {
                    ValidSource::File(path) => read(path),
                    ValidSource::Server(server, name) => {
                        self.present(server, name.clone(), cancellation)
                    }
                }?;
                self.judge(presented, &expected)
            })
            .unwrap_or_else(|unhealthy| unhealthy)
    }

    fn validate(&self) -> Result<Expected<'_>, InvalidCheck> {
        let mut mistakes = Vec::new();
        let name = self.name.clone().map(ServerName::try_from).transpose().unwrap_or_else(|_| {
            mistakes.push(INVALID_NAME.to_owned());
            None
        });
        let source = match &self.source {
            Source::File(path) => Some((ValidSource::File(path), None)),
            Source::Server(Ok(server)) => {
                if let Some(own) = name_of(&server.host) {
                    let name = name.clone().unwrap_or(own);
                    Some((ValidSource::Server(server, name), Some(Roots::mozilla())))
                } else {
                    mistakes.push(INVALID_HOST.to_owned());
                    None
                }
            }
            Source::Server(Err(expected)) => {
                mistakes.push(format!("the address must be {expected}"));
                None
            }
        };
        let given = self.roots.clone().transpose().unwrap_or_else(|problem| {
            mistakes.push(format!("`root_certificates` {problem}"));
            None
        });
        if self.degraded_days != 0 && self.degraded_days < self.unhealthy_days {
            mistakes.push(format!(
                "`unhealthy_below_days` ({}) must not be above `degraded_below_days` ({})",
                self.unhealthy_days, self.degraded_days
            ));
        }
        validate_timeout(self.timeout, &mut mistakes);
        match source {
            Some((source, default)) if mistakes.is_empty() => {
                let name = match &source {
                    ValidSource::Server(_, name) => Some(name.clone()),
                    ValidSource::File(_) => name,
                };
                Ok(Expected { source, name, roots: given.or(default) })
            }
            _ => Err(InvalidCheck::new("certificate", mistakes)),
        }
    }

    /// Returns the certificates of a server, and its address.
    fn present(
        &self,
        server: &HostAndPort,
        name: ServerName<'static>,
        cancellation: &Cancellation,
    ) -> Result<Presented, Health> {
        let deadline = Instant::now() + self.timeout;
        let stream = open(server, deadline, cancellation)
            .map_err(|error| no_connection(server, &error, self.timeout))?;
        let chain = shake_hands(server, stream, name, (deadline, self.timeout), cancellation)?;
        Ok((server.to_string(), chain))
    }

    fn judge(
        &self,
        (place, certificates): Presented,
        expected: &Expected<'_>,
    ) -> Result<Health, Health> {
        let (name, roots) = (expected.name.as_ref(), expected.roots.as_ref());
        let (expiry, now) = validate(&place, certificates, name, roots)?;
        let left = expiry.at.saturating_sub(now);
        let text = format!("{place}: {} expires in {}", expiry.certificate, days(left));
        Ok(with_expiry(Health::with_status(self.status(left), text), &expiry, now))
    }

    fn status(&self, left: Duration) -> Status {
        let is_below = |days: u32| left.as_secs() < u64::from(days) * DAY;
        if is_below(self.unhealthy_days) {
            Status::Unhealthy
        } else if is_below(self.degraded_days) {
            Status::Degraded
        } else {
            Status::Healthy
        }
    }
}

impl IntoFuture for CertificateCheck {
    type Output = Health;
    type IntoFuture = Pin<Box<dyn Future<Output = Health> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let cancellation = Cancellation::default();
        let end = cancellation.cancel_on_drop();
        Box::pin(run_on_own_thread("certificate", end, move || self.run(&cancellation)))
    }
}

/// Where certificates are from, and themselves.
type Presented = (String, Vec<CertificateDer<'static>>);

fn read(path: &Path) -> Result<Presented, Health> {
    let place = path.display().to_string();
    let pem = read_pem_file(path)
        .map_err(|error| failure(&format!("`{place}` cannot be read"), &error))?;
    let certificates = certificates_of_pem(&pem)
        .map_err(|problem| Health::unhealthy(format!("`{place}` {problem}")))?;
    Ok((place, certificates))
}
