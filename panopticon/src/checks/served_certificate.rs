//! Whether clients would accept the certificates that a server presents, or that are in a file.

use std::fmt;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustls::pki_types::{CertificateDer, ServerName};

use super::certificate_expiry::{since_1970, with_expiry};
use crate::health::{Health, Message};
use crate::net::tls::{Chain, Expiry, HandshakeError, Roots, served_chain};
use crate::net::{Cancellation, Expired, Host, HostAndPort};

/// The mistake of a setting `name` that cannot be one.
pub(super) const INVALID_NAME: &str = "`name` must be a DNS name or an IP address";

/// The mistake of an address whose host cannot be in a certificate.
pub(super) const INVALID_HOST: &str = "the address must have a valid DNS name";

/// Returns the name that the certificate of a host must be for.
pub(super) fn name_of(host: &Host) -> Option<ServerName<'static>> {
    match host {
        Host::Address(address) => Some(ServerName::from(*address)),
        Host::Name(name) => ServerName::try_from(name.trim_end_matches('.').to_owned()).ok(),
    }
}

/// Returns the certificates that a server presents.
pub(super) fn shake_hands(
    server: &HostAndPort,
    stream: TcpStream,
    name: ServerName<'static>,
    (deadline, timeout): (Instant, Duration),
    cancellation: &Cancellation,
) -> Result<Vec<CertificateDer<'static>>, Health> {
    let summary = format!("{server} does not complete a TLS handshake");
    served_chain(stream, name, deadline, cancellation).map_err(|error| match error {
        HandshakeError::Expired(Expired::DeadlinePassed) => {
            Health::unhealthy(format!("{summary} within {timeout:?}"))
        }
        error => failure(&summary, &error),
    })
}

/// Returns when valid certificates expire, and what time it is now, since 1970.
pub(super) fn validate(
    place: &str,
    certificates: Vec<CertificateDer<'static>>,
    name: Option<&ServerName<'static>>,
    roots: Option<&Roots>,
) -> Result<(Expiry, Duration), Health> {
    let now = since_1970();
    let chain = Chain::parse(certificates)
        .map_err(|problem| failure(&format!("{place}: no valid certificate"), &problem))?;
    let (problems, expiry) = chain
        .problems(name, roots, now)
        .and_then(|problems| Ok((problems, chain.expiry(name, roots, now)?)))
        .map_err(|error| failure(&format!("{place}: TLS cannot be used"), &error))?;
    if problems.is_empty() {
        return Ok((expiry, now));
    }
    let health = failure(&format!("{place}: the certificate is not valid"), &problems.join("; "));
    Err(with_expiry(health, &expiry, now))
}

/// Returns an unhealthy result, whose error only those see who are let in.
pub(super) fn failure(summary: &str, error: &dyn fmt::Display) -> Health {
    Health::from_message(Message::with_error(format!("{summary}: {error}"), summary.to_owned()))
}
