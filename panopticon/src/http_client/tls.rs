//! TLS with given root certificates, or with the server's own certificate, and with a client
//! certificate.
//!
//! ureq's own connector does not accept another verifier, and does not say what a server has
//! presented, so this one replaces it.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::SingleCertAndKey;
use rustls::{ALL_VERSIONS, ClientConfig, ClientConnection, StreamOwned};
use ureq::Error;
use ureq::http::Uri;
use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use super::client_certificate::PresentedCertificate;
use super::redaction::is_redacted;
use crate::net::tls::{Chain, Expiry, Roots, crypto_provider};

/// The certificates that are trusted, and the one that is presented to its server.
pub(super) struct TlsConnector {
    pub(super) roots: Roots,
    pub(super) presented: Option<PresentedCertificate>,
    pub(super) last_handshake: LastHandshake,
}

/// The last handshake with a server, other than a proxy. Clones share it.
#[derive(Clone, Default)]
pub(super) struct LastHandshake(Arc<Mutex<Option<Handshake>>>);

/// What a server has presented, and how it was verified.
pub(crate) struct Handshake {
    chain: Vec<CertificateDer<'static>>,
    name: ServerName<'static>,
    roots: Roots,
}

impl LastHandshake {
    fn set(&self, handshake: Handshake) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(handshake);
    }

    pub(super) fn take(&self) -> Option<Handshake> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Handshake {
    /// Returns when the certificates cease to be valid, unless they cannot be read.
    pub(crate) fn expiry(self, now: std::time::Duration) -> Option<Expiry> {
        let chain = Chain::parse(self.chain).ok()?;
        chain.expiry(Some(&self.name), Some(&self.roots), now).ok()
    }
}

impl TlsConnector {
    fn client_config(&self, server: &Uri) -> Result<ClientConfig, Error> {
        let provider = crypto_provider();
        let verifier = self.roots.verifier(&provider)?;
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

impl<In: Transport> Connector<In> for TlsConnector {
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
        let config = Arc::new(self.client_config(details.uri)?);
        let tls = ClientConnection::new(config, name.clone())?;
        let adapter = TransportAdapter::new(transport, Arc::clone(&details.current_time));
        let mut stream = StreamOwned::new(tls, adapter);
        stream.sock.set_timeout(time_left(details));
        stream.conn.complete_io(&mut stream.sock)?;
        if is_redacted(details.uri) {
            let chain = stream.conn.peer_certificates().unwrap_or_default();
            let chain = chain.iter().map(|it| it.clone().into_owned()).collect();
            self.last_handshake.set(Handshake { chain, name, roots: self.roots.clone() });
        }
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

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConnector")
    }
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
