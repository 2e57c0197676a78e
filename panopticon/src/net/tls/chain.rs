//! What a certificate and those of its issuers say, and what is wrong with them.

use std::net::IpAddr;
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use super::{Roots, crypto_provider};

/// The number of a certificate's names that a message shows. Some have hundreds.
const MAX_SHOWN_NAMES: usize = 5;

/// The certificates that a server presents, or that are in a file: the server's own first.
pub(crate) struct Chain {
    certificates: Vec<CertificateDer<'static>>,
    facts: Vec<Facts>,
}

/// What is read of one certificate. Times are since 1970.
struct Facts {
    subject: String,
    issuer: String,
    names: Vec<String>,
    not_before: Duration,
    not_after: Duration,
}

/// When the first certificate that matters expires.
pub(crate) struct Expiry {
    /// How to call it, such as `the certificate`.
    pub(crate) certificate: String,
    /// Since 1970.
    pub(crate) at: Duration,
}

impl Chain {
    /// Parses the certificates, of which there is at least one. The error is a sentence.
    pub(crate) fn parse(certificates: Vec<CertificateDer<'static>>) -> Result<Self, String> {
        let facts = (1..).zip(&certificates).map(|(number, certificate)| {
            let facts = Facts::parse(certificate);
            facts.map_err(|error| {
                format!("certificate {number} of {} cannot be parsed: {error}", certificates.len())
            })
        });
        let facts = facts.collect::<Result<Vec<_>, String>>()?;
        if facts.is_empty() {
            return Err("there is no certificate".to_owned());
        }
        Ok(Self { certificates, facts })
    }

    /// Returns what is wrong with the chain at this time, since 1970: every reason.
    pub(crate) fn problems(
        &self,
        name: Option<&ServerName<'static>>,
        roots: Option<&Roots>,
        now: Duration,
    ) -> Result<Vec<String>, rustls::Error> {
        let trust = match roots {
            Some(roots) => self.verify(name, roots, now)?.err(),
            None => None,
        };
        if roots.is_some() && trust.is_none() {
            // A certificate that is not needed may have expired.
            return Ok(Vec::new());
        }
        let mut problems: Vec<String> =
            (0..self.facts.len()).filter_map(|index| self.outside_validity(index, now)).collect();
        if let Some(name) = name {
            problems.extend(self.other_name(name));
        }
        if let Some(error) = trust {
            match error {
                rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer) => {
                    problems.push(self.unknown_issuer());
                }
                // Its reason is among those above.
                _ if !problems.is_empty() => {}
                error => problems.push(error.to_string()),
            }
        }
        Ok(problems)
    }

    /// Returns when the chain ceases to be valid or, if it is not valid now, the first end of all.
    pub(crate) fn expiry(
        &self,
        name: Option<&ServerName<'static>>,
        roots: Option<&Roots>,
        now: Duration,
    ) -> Result<Expiry, rustls::Error> {
        let mut by_end: Vec<usize> = (0..self.facts.len()).collect();
        by_end.sort_by_key(|&index| self.facts[index].not_after);
        let mut first = by_end[0];
        if let Some(roots) = roots {
            if self.verify(name, roots, now)?.is_ok() {
                // Not every certificate is needed, such as one of an older authority.
                for index in by_end {
                    let end = self.facts[index].not_after;
                    if end < now {
                        continue;
                    }
                    first = index;
                    if self.verify(name, roots, end + Duration::from_secs(1))?.is_err() {
                        break;
                    }
                }
            }
        }
        Ok(Expiry { certificate: self.call(first), at: self.facts[first].not_after })
    }

    fn verify(
        &self,
        name: Option<&ServerName<'static>>,
        roots: &Roots,
        now: Duration,
    ) -> Result<Result<(), rustls::Error>, rustls::Error> {
        let verifier = roots.verifier(&crypto_provider())?;
        let own = self.facts[0].names.iter().find_map(|own| a_name_of(own));
        let Some(name) = name.or(own.as_ref()) else {
            return Ok(Err(rustls::Error::General("the certificate has no name".to_owned())));
        };
        let (certificate, issuers) = (&self.certificates[0], &self.certificates[1..]);
        let now = UnixTime::since_unix_epoch(now);
        Ok(verifier.verify_server_cert(certificate, issuers, name, &[], now).map(|_| ()))
    }

    /// Returns how to call a certificate of the chain.
    fn call(&self, index: usize) -> String {
        match index {
            0 => "the certificate".to_owned(),
            _ => format!("the issuer's certificate `{}`", self.facts[index].subject),
        }
    }

    fn outside_validity(&self, index: usize, now: Duration) -> Option<String> {
        let facts = &self.facts[index];
        let certificate = self.call(index);
        if now > facts.not_after {
            Some(format!("{certificate} expired {} ago", days(now.saturating_sub(facts.not_after))))
        } else if now < facts.not_before {
            Some(format!(
                "{certificate} is not valid for another {}",
                days(facts.not_before.saturating_sub(now))
            ))
        } else {
            None
        }
    }

    fn other_name(&self, name: &ServerName<'static>) -> Option<String> {
        let parsed = ParsedCertificate::try_from(&self.certificates[0]);
        let is_valid = parsed.and_then(|parsed| verify_server_name(&parsed, name)).is_ok();
        if is_valid {
            return None;
        }
        let names = &self.facts[0].names;
        let presented = match names.split_at_checked(MAX_SHOWN_NAMES) {
            Some((shown, more @ [_, ..])) => {
                format!("{} and {} more", shown.join(", "), more.len())
            }
            _ if names.is_empty() => "no name".to_owned(),
            _ => names.join(", "),
        };
        Some(format!("the certificate is for {presented}, not {}", name.to_str()))
    }

    fn unknown_issuer(&self) -> String {
        let own = &self.facts[0];
        if own.subject == own.issuer {
            return "the certificate is self-signed and not among those that are trusted"
                .to_owned();
        }
        let mut last = own;
        // No more often than there are certificates, since issuers may form a circle.
        for _ in &self.facts {
            match self.facts.iter().find(|facts| facts.subject == last.issuer) {
                Some(issuer) => last = issuer,
                None => {
                    return format!(
                        "the issuer `{}` is neither trusted nor among the {} presented \
                         certificates; is an intermediate certificate missing?",
                        last.issuer,
                        self.facts.len()
                    );
                }
            }
        }
        format!("the issuer `{}` is not trusted", last.issuer)
    }
}

impl Facts {
    fn parse(certificate: &CertificateDer<'_>) -> Result<Self, String> {
        let parsed = Certificate::from_der(certificate).map_err(|error| error.to_string())?;
        let signed = parsed.tbs_certificate();
        let names = signed
            .get_extension::<SubjectAltName>()
            .map_err(|error: x509_cert::der::Error| error.to_string())?;
        let validity = signed.validity();
        Ok(Self {
            subject: signed.subject().to_string(),
            issuer: signed.issuer().to_string(),
            names: names
                .map_or_else(Vec::new, |(_, names)| names.0.iter().filter_map(text).collect()),
            not_before: validity.not_before.to_unix_duration(),
            not_after: validity.not_after.to_unix_duration(),
        })
    }
}

/// Returns a name that a certificate for this one, which may begin with `*.`, is for.
fn a_name_of(own: &str) -> Option<ServerName<'static>> {
    let name = match own.strip_prefix("*.") {
        Some(parent) => format!("any.{parent}"),
        None => own.to_owned(),
    };
    ServerName::try_from(name).ok()
}

/// Returns a DNS name or an IP address as text.
fn text(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(bytes) => {
            let bytes = bytes.as_bytes();
            let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
            v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
                .ok()
                .map(|address| address.to_string())
        }
        _ => None,
    }
}

/// Shows a time in whole days, or in hours if it is shorter than two days.
pub(crate) fn days(time: Duration) -> String {
    let hours = time.as_secs() / 3600;
    match (hours / 24, hours) {
        (_, 1) => "1 hour".to_owned(),
        (0 | 1, hours) => format!("{hours} hours"),
        (days, _) => format!("{days} days"),
    }
}
