//! TLS after the connection.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;

use super::TcpCheck;
use crate::checks::certificate_expiry::with_expiry;
use crate::checks::served_certificate::{
    INVALID_HOST, INVALID_NAME, name_of, shake_hands, validate,
};
use crate::health::Health;
use crate::net::tls::Roots;
use crate::net::{Cancellation, HostAndPort};

/// How TLS is spoken, as the user wrote it.
#[derive(Debug, Clone, Default)]
pub(super) struct RawTls {
    name: Option<String>,
    roots: Option<Result<Roots, String>>,
}

pub(super) struct ValidTls {
    name: ServerName<'static>,
    roots: Roots,
}

/// With the feature `certificate`.
impl TcpCheck {
    /// Also completes a TLS handshake, within the same time limit: the certificate must be valid, for
    /// the host of the address, and of an authority on Mozilla's list. TLS must begin with the
    /// connection; `STARTTLS` is not spoken. Needs the feature `certificate`.
    ///
    /// ```no_run
    /// use panopticon::checks::tcp::check_tcp;
    ///
    /// let health = check_tcp("imap.example.org:993").tls().check_blocking();
    /// # let _ = health;
    /// ```
    pub fn tls(mut self) -> Self {
        self.tls.get_or_insert_default();
        self
    }

    /// Sets the name or IP address that the certificate must be for, instead of the server's host, and
    /// speaks [TLS](Self::tls). It is also what the server is asked for (SNI). Needs the feature
    /// `certificate`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.tls.get_or_insert_default().name = Some(name.into());
        self
    }

    /// Trusts the certificates in this PEM text, instead of Mozilla's list, and speaks
    /// [TLS](Self::tls): those of an authority of your own, or the server's own if it is self-signed.
    /// Needs the feature `certificate`.
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.tls.get_or_insert_default().roots = Some(Roots::from_pem(pem.as_ref()));
        self
    }
}

impl RawTls {
    /// Returns `None` after a mistake.
    pub(super) fn validate(
        &self,
        server: &HostAndPort,
        mistakes: &mut Vec<String>,
    ) -> Option<ValidTls> {
        let name = match &self.name {
            Some(name) => ServerName::try_from(name.clone()).map_err(|_| INVALID_NAME),
            None => name_of(&server.host).ok_or(INVALID_HOST),
        };
        let name = name.map_err(|mistake| mistakes.push(mistake.to_owned())).ok();
        let roots = self.roots.clone().unwrap_or_else(|| Ok(Roots::mozilla()));
        let roots =
            roots.map_err(|problem| mistakes.push(format!("`root_certificates` {problem}"))).ok();
        Some(ValidTls { name: name?, roots: roots? })
    }
}

impl ValidTls {
    pub(super) fn check(
        self,
        server: &HostAndPort,
        stream: TcpStream,
        time: (Instant, Duration),
        cancellation: &Cancellation,
    ) -> Result<Health, Health> {
        let chain = shake_hands(server, stream, self.name.clone(), time, cancellation)?;
        let place = server.to_string();
        let (expiry, now) = validate(&place, chain, Some(&self.name), Some(&self.roots))?;
        let health = Health::healthy(format!("{server} accepts TLS connections"));
        Ok(with_expiry(health, &expiry, now))
    }
}
