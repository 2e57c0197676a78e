//! The certificate and key with which a client proves who it is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use ureq::http::Uri;

use crate::net::tls::read_pem_file;

/// A certificate chain and its key, as PEM.
#[derive(Clone)]
pub(crate) enum ClientCertificate {
    Pem {
        chain: Vec<u8>,
        key: Vec<u8>,
    },
    /// Read for every connection, so that renewed files are used.
    Files {
        chain: PathBuf,
        key: PathBuf,
    },
}

impl ClientCertificate {
    /// Returns what a handshake needs. The error says which of the two is wrong, and never shows
    /// any part of them.
    pub(crate) fn load(&self, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, String> {
        match self {
            Self::Pem { chain, key } => {
                certified_key(("the chain", chain), ("the key", key), provider)
            }
            Self::Files { chain, key } => {
                let chain_place = format!("the chain, `{}`,", chain.display());
                let key_place = format!("the key, `{}`,", key.display());
                let chain = read(chain, &chain_place)?;
                let key = read(key, &key_place)?;
                certified_key((&chain_place, &chain), (&key_place, &key), provider)
            }
        }
    }
}

/// Shows neither the certificate nor the key.
impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate")
    }
}

/// A client certificate, and the one server that it is presented to.
#[derive(Debug, Clone)]
pub(crate) struct PresentedCertificate {
    pub(crate) certificate: ClientCertificate,
    pub(crate) server: Uri,
}

impl PresentedCertificate {
    /// Returns whether a server that a redirect may lead to is the one.
    pub(super) fn is_for(&self, server: &Uri) -> bool {
        let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
        let port = |uri: &Uri| uri.port_u16().unwrap_or(443);
        host(&self.server) == host(server) && port(&self.server) == port(server)
    }
}

fn read(path: &Path, place: &str) -> Result<Vec<u8>, String> {
    read_pem_file(path).map_err(|error| {
        format!(
            "{place} cannot be read ({error}); it must be a PEM file that this process may read"
        )
    })
}

fn certified_key(
    (chain_place, chain): (&str, &[u8]),
    (key_place, key): (&str, &[u8]),
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, String> {
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|_| format!("{chain_place} must be valid PEM"))?;
    if certificates.is_empty() {
        return Err(format!(
            "{chain_place} must have at least one `-----BEGIN CERTIFICATE-----`, the client's own \
             first"
        ));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
        if key.windows(9).any(|window| window == b"ENCRYPTED") {
            format!("{key_place} must not be encrypted; decrypt it with `openssl pkey`")
        } else {
            format!("{key_place} must have a `-----BEGIN PRIVATE KEY-----`, or one of RSA or EC")
        }
    })?;
    let certified = CertifiedKey::from_der(certificates, key, provider).map_err(|error| {
        match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                format!("{key_place} must be that of the first certificate in the chain")
            }
            Error::InvalidCertificate(_) => {
                format!("{chain_place} must begin with a certificate that can be parsed (X.509)")
            }
            // An error's text might repeat a part of the key.
            _ => format!("{key_place} must be one that can be parsed, of RSA, ECDSA or Ed25519"),
        }
    })?;
    Ok(Arc::new(certified))
}
