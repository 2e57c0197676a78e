//! The certificates that are trusted, and whether a server's is.
//!
//! A certificate made by `openssl req -x509` is marked as an authority's (`CA:TRUE`), and webpki
//! rejects such a certificate as a server's, even if that very certificate is trusted.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::extended_key_usage::allows_server;

/// The certificates that are trusted.
#[derive(Clone)]
pub(crate) struct Roots {
    certificates: Arc<[CertificateDer<'static>]>,
    roots: Arc<RootCertStore>,
}

impl Roots {
    /// Trusts the certificates in this PEM text. The error completes "`root_certificates` …".
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let certificates = certificates_of_pem(pem)?;
        let mut roots = RootCertStore::empty();
        let numbered = (1..).zip(&certificates);
        let malformed: Vec<String> = numbered
            .filter(|(_, it)| roots.add((*it).clone()).is_err())
            .map(|(number, _): (usize, _)| number.to_string())
            .collect();
        if malformed.is_empty() {
            return Ok(Self { certificates: certificates.into(), roots: Arc::new(roots) });
        }
        Err(format!(
            "must have only certificates that can be parsed (X.509), unlike number {} of {}",
            malformed.join(", "),
            certificates.len()
        ))
    }

    /// Trusts Mozilla's list, as ureq does.
    pub(crate) fn mozilla() -> Self {
        let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        Self { certificates: Arc::default(), roots: Arc::new(roots) }
    }

    pub(crate) fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Verifier, rustls::Error> {
        let roots = Arc::clone(&self.roots);
        let webpki = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?;
        Ok(Verifier { webpki, trusted: Arc::clone(&self.certificates) })
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Roots")
    }
}

/// Returns the certificates in a PEM text. The error completes "… must …".
pub(crate) fn certificates_of_pem(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err("must have at least one `-----BEGIN CERTIFICATE-----`".to_owned())
        }
        Ok(certificates) => Ok(certificates),
        Err(_) => Err("must be valid PEM".to_owned()),
    }
}

/// Returns the same choice as ureq's.
pub(crate) fn crypto_provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()))
}

/// webpki's verifier, except that it accepts a certificate that is itself among the trusted ones.
#[derive(Debug)]
pub(crate) struct Verifier {
    webpki: Arc<WebPkiServerVerifier>,
    trusted: Arc<[CertificateDer<'static>]>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let result = self.webpki.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match result {
            // webpki stops at its first objection. It has checked the validity period before; a test
            // with an expired certificate fails if that changes. What it would check next follows
            // here, except for what the issuer says, its signature and its name constraints, since
            // this very certificate is trusted.
            Err(error) if is_ca(&error) && self.trusted.contains(end_entity) => {
                let allows_server =
                    allows_server(end_entity).ok_or(CertificateError::BadEncoding)?;
                if !allows_server {
                    return Err(CertificateError::InvalidPurpose.into());
                }
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// Returns whether the certificate was rejected because it is an authority's, which does not say
/// that nothing else is wrong with it. Compares the text, since the error's type is webpki's, which rustls does not export.
fn is_ca(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::InvalidCertificate(CertificateError::Other(other))
            if other.to_string() == "CaUsedAsEndEntity"
    )
}
