//! TLS with given root certificates, or with the server's own certificate, and with a client
//! certificate.
//!
//! A certificate made by `openssl req -x509` is marked as an authority's (`CA:TRUE`), and webpki
//! rejects such a certificate as a server's, even if that very certificate is trusted. ureq's own
//! connector does not accept another verifier, so this one replaces it.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::SingleCertAndKey;
use rustls::{
    ALL_VERSIONS, CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct,
    RootCertStore, SignatureScheme, StreamOwned,
};
use ureq::Error;
use ureq::http::Uri;
use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use super::client_certificate::PresentedCertificate;
use super::extended_key_usage::allows_server;

/// The certificates that are trusted.
#[derive(Clone)]
pub(crate) struct OwnRoots {
    certificates: Arc<[CertificateDer<'static>]>,
    roots: Arc<RootCertStore>,
    presented: Option<Arc<PresentedCertificate>>,
}

impl OwnRoots {
    /// Returns the numbers, from 1, of those that cannot be parsed as a certificate, if any.
    pub(crate) fn new(certificates: Vec<CertificateDer<'static>>) -> Result<Self, Vec<usize>> {
        let mut roots = RootCertStore::empty();
        let numbered = (1..).zip(&certificates);
        let malformed: Vec<usize> = numbered
            .filter_map(|(number, it)| roots.add(it.clone()).is_err().then_some(number))
            .collect();
        if malformed.is_empty() {
            let certificates = certificates.into();
            Ok(Self { certificates, roots: Arc::new(roots), presented: None })
        } else {
            Err(malformed)
        }
    }

    /// Trusts Mozilla's list, as ureq does.
    pub(crate) fn mozilla() -> Self {
        let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        Self { certificates: Arc::default(), roots: Arc::new(roots), presented: None }
    }

    /// Presents a client certificate to its server.
    pub(crate) fn presenting(self, certificate: PresentedCertificate) -> Self {
        Self { presented: Some(Arc::new(certificate)), ..self }
    }

    fn client_config(&self, server: &Uri) -> Result<ClientConfig, Error> {
        let provider = crypto_provider();
        let roots = Arc::clone(&self.roots);
        let webpki = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?;
        let verifier = Verifier { webpki, trusted: Arc::clone(&self.certificates) };
        let presented = self.presented.as_ref().filter(|presented| presented.is_for(server));
        let presented = presented
            .map(|presented| presented.certificate.load(&provider))
            .transpose()
            .map_err(|problem| io::Error::other(format!("client certificate: {problem}")))?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(ALL_VERSIONS)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match presented {
            Some(certified) => {
                config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
            }
            None => config.with_no_client_auth(),
        };
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

/// Returns the same choice as ureq's.
pub(crate) fn crypto_provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default()
        .cloned()
        .unwrap_or_else(|| Arc::new(rustls::crypto::ring::default_provider()))
}

impl<In: Transport> Connector<In> for OwnRoots {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        let transport: Box<dyn Transport> = Box::new(transport);
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(transport));
        }
        let host = details.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| Error::Tls("the host is not a valid DNS name or IP address"))?;
        let tls = ClientConnection::new(Arc::new(self.client_config(details.uri)?), name)?;
        let adapter = TransportAdapter::new(transport, Arc::clone(&details.current_time));
        let mut stream = StreamOwned::new(tls, adapter);
        stream.sock.set_timeout(time_left(details));
        stream.conn.complete_io(&mut stream.sock)?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Box::new(TlsTransport { stream, buffers })))
    }
}

/// Returns the timeout minus the time that connecting has taken.
fn time_left(details: &ConnectionDetails<'_>) -> NextTimeout {
    let mut timeout = details.timeout;
    if let (Duration::Exact(limit), Instant::Exact(start), Instant::Exact(now)) =
        (timeout.after, details.now, (details.current_time)())
    {
        timeout.after = Duration::Exact(limit.saturating_sub(now.saturating_duration_since(start)));
    }
    timeout
}

impl fmt::Debug for OwnRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnRoots")
    }
}

/// webpki's verifier, except that it accepts a certificate that is itself among the trusted ones.
#[derive(Debug)]
struct Verifier {
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

struct TlsTransport {
    stream: StreamOwned<ClientConnection, TransportAdapter>,
    buffers: LazyBuffers,
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        Ok(self.stream.write_all(&self.buffers.output()[..amount])?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let received = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(received);
        Ok(received > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TlsTransport").field(&self.stream.sock.inner()).finish()
    }
}
