//! The certificates that a server presents, whether they are valid or not.

use std::fmt;
use std::io;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ALL_VERSIONS, ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme,
};

use super::crypto_provider;
use crate::net::cancellation::{Cancellation, Expired};

/// Why there are no certificates.
#[derive(Debug)]
pub(crate) enum HandshakeError {
    Expired(Expired),
    Tls(Error),
    Io(io::Error),
    /// The server closed the connection.
    Closed,
}

/// Shakes hands, and returns the certificates that the server presents, its own first. The server has
/// proved that it has the key of the first one. Nothing is sent after the handshake.
pub(crate) fn served_chain(
    mut stream: TcpStream,
    name: ServerName<'static>,
    deadline: Instant,
    cancellation: &Cancellation,
) -> Result<Vec<CertificateDer<'static>>, HandshakeError> {
    let provider = crypto_provider();
    let recorder = Arc::new(Recorder { chain: Mutex::default(), provider: Arc::clone(&provider) });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(ALL_VERSIONS)
        .map_err(HandshakeError::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&recorder) as _)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    let mut connection =
        ClientConnection::new(Arc::new(config), name).map_err(HandshakeError::Tls)?;
    let result = shake_hands(&mut connection, &mut stream, deadline, cancellation);
    let chain = std::mem::take(&mut *recorder.lock());
    match result {
        Ok(()) => Ok(chain),
        // It wants a certificate of ours, for example, but has presented its own.
        Err(HandshakeError::Tls(Error::AlertReceived(_))) if !chain.is_empty() => Ok(chain),
        Err(error) => Err(error),
    }
}

fn shake_hands(
    connection: &mut ClientConnection,
    stream: &mut TcpStream,
    deadline: Instant,
    cancellation: &Cancellation,
) -> Result<(), HandshakeError> {
    while connection.is_handshaking() || connection.wants_write() {
        let wait = cancellation.next_wait(deadline).map_err(HandshakeError::Expired)?;
        stream
            .set_read_timeout(Some(wait))
            .and_then(|()| stream.set_write_timeout(Some(wait)))
            .map_err(HandshakeError::Io)?;
        // One call of the system at a time: `complete_io` would wait for as long as the server sends a
        // byte now and then.
        let moved = if connection.wants_write() {
            connection.write_tls(stream)
        } else {
            connection.read_tls(stream)
        };
        match moved {
            Ok(0) => return Err(HandshakeError::Closed),
            Ok(_) => {}
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock
                | io::ErrorKind::TimedOut
                | io::ErrorKind::Interrupted => {}
                _ => return Err(HandshakeError::Io(error)),
            },
        }
        if let Err(error) = connection.process_new_packets() {
            // Tells the server, if it still listens.
            let _ = connection.write_tls(stream);
            return Err(HandshakeError::Tls(error));
        }
    }
    Ok(())
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired(Expired::DeadlinePassed) => f.write_str("no answer"),
            Self::Expired(Expired::Cancelled) => f.write_str("cancelled"),
            Self::Tls(error @ Error::InvalidMessage(_)) => {
                write!(f, "{error}; does this port speak TLS?")
            }
            Self::Tls(error) => write!(f, "{error}"),
            Self::Io(error) => write!(f, "{error}"),
            Self::Closed => f.write_str("the server closed the connection"),
        }
    }
}

/// Accepts every certificate, since they are judged later, but only from a server that has its key.
#[derive(Debug)]
struct Recorder {
    chain: Mutex<Vec<CertificateDer<'static>>>,
    provider: Arc<CryptoProvider>,
}

impl Recorder {
    fn lock(&self) -> MutexGuard<'_, Vec<CertificateDer<'static>>> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates);
        *self.lock() = chain.map(|certificate| certificate.clone().into_owned()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
