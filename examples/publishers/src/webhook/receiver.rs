//! Sends requests to the receiver. Nothing here says its URL, which is a secret of its own.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, StatusCode, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// Where events are sent to.
pub struct Receiver {
    url: Uri,
    host: String,
    tls: Option<TlsConnector>,
    limit: Duration,
}

/// Why an event has not arrived.
#[derive(Debug)]
pub enum Failure {
    /// The receiver does not want this event.
    Refused(StatusCode),
    /// Another attempt may succeed.
    Temporary(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(status) => write!(f, "the receiver refused it with {status}"),
            Self::Temporary(reason) => f.write_str(reason),
        }
    }
}

impl Receiver {
    /// Creates a receiver that must answer within `limit`.
    ///
    /// # Errors
    ///
    /// If the URL is not one of HTTP or HTTPS; the error does not repeat it.
    pub fn new(url: &str, limit: Duration) -> Result<Self, String> {
        let invalid = || "the URL must be one of HTTP or HTTPS, with a host".to_owned();
        let url: Uri = url.parse().map_err(|_| invalid())?;
        let is_https = url.scheme() == Some(&Scheme::HTTPS);
        if !is_https && url.scheme() != Some(&Scheme::HTTP) {
            return Err(invalid());
        }
        let host = url.host().filter(|host| !host.is_empty()).ok_or_else(invalid)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let tls = if is_https { Some(tls().map_err(|error| error.to_string())?) } else { None };
        Ok(Self { url, host, tls, limit })
    }

    /// Sends a body and waits for the answer. A redirect is not followed: what it leads to does not
    /// know the secret.
    ///
    /// # Errors
    ///
    /// If the answer is not one of success.
    pub fn post(&self, headers: &[(&'static str, &str)], body: String) -> Result<(), Failure> {
        let target = self.url.path_and_query().map_or("/", |target| target.as_str());
        let authority = self.url.authority().map_or("", |authority| authority.as_str());
        let mut request = Request::post(target);
        // Without user name and password.
        request = request.header(header::HOST, authority.rsplit('@').next().unwrap_or_default());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body));
        let request = request.map_err(|_| Failure::Temporary("it cannot be sent".to_owned()))?;
        // One for each request: a runtime that is kept must not be dropped by async code.
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::Temporary(error.to_string()))?;
        let answer = runtime.block_on(async { timeout(self.limit, self.send(request)).await });
        // Does not wait for a look-up of the host that hangs.
        runtime.shutdown_background();
        let status = answer
            .map_err(|_| Failure::Temporary(format!("no answer within {:?}", self.limit)))?
            .map_err(|reason| Failure::Temporary(reason.to_owned()))?;
        match status {
            status if status.is_success() => Ok(()),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                Err(Failure::Temporary(format!("the receiver answered with {status}")))
            }
            status if status.is_client_error() => Err(Failure::Refused(status)),
            status => Err(Failure::Temporary(format!("the receiver answered with {status}"))),
        }
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<StatusCode, &'static str> {
        let port = self.url.port_u16().unwrap_or(if self.tls.is_some() { 443 } else { 80 });
        let connected = TcpStream::connect((self.host.as_str(), port)).await;
        let stream = connected.map_err(|_| "no connection to the receiver")?;
        let Some(tls) = &self.tls else { return exchange(TokioIo::new(stream), request).await };
        let name = ServerName::try_from(self.host.clone());
        let name = name.map_err(|_| "the host is not a name for TLS")?;
        let stream = tls.connect(name, stream).await;
        exchange(TokioIo::new(stream.map_err(|_| "no TLS with the receiver")?), request).await
    }
}

/// Sends a request on a connection, and returns the status of the answer. Its body is not read.
async fn exchange<I>(io: I, request: Request<Full<Bytes>>) -> Result<StatusCode, &'static str>
where
    I: Read + Write + Unpin,
{
    let broken = "the receiver closed the connection, or did not answer with HTTP";
    let (mut sender, connection) = http1::handshake(io).await.map_err(|_| broken)?;
    let mut connection = pin!(connection);
    let mut answer = pin!(sender.send_request(request));
    let mut is_closed = false;
    let answer = poll_fn(|context| {
        // Nothing is sent or received unless it is polled. Why it ends is in the answer as well.
        is_closed = is_closed || connection.as_mut().poll(context).is_ready();
        answer.as_mut().poll(context)
    });
    Ok(answer.await.map_err(|_| broken)?.status())
}

fn tls() -> Result<TlsConnector, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("limit", &self.limit).finish_non_exhaustive()
    }
}
