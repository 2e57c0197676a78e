//! A blocking HTTP client that logs no secret of a request.

#[cfg(feature = "check-url")]
mod client_certificate;
#[cfg(any(feature = "datadog-api", feature = "heartbeat"))]
mod failure;
mod no_proxy;
mod proxy;
#[cfg(feature = "check-url")]
mod read_deadline;
mod redaction;
mod resolver;
mod tcp;
#[cfg(feature = "check-url")]
mod tls;

use std::io;
#[cfg(feature = "check-url")]
use std::io::Read;
use std::time::Duration;
#[cfg(feature = "check-url")]
use std::time::Instant;

use ureq::config::Config;
use ureq::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_LENGTH, HOST, HeaderMap, HeaderValue, PROXY_AUTHORIZATION,
    USER_AGENT,
};
use ureq::http::{self, Method, Request, Response, StatusCode, Uri};
#[cfg(any(feature = "datadog-api", feature = "heartbeat"))]
use ureq::unversioned::transport::RustlsConnector;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, SocksConnector, Transport};
use ureq::{Agent, Body, Error};

#[cfg(feature = "check-url")]
pub(crate) use self::client_certificate::{ClientCertificate, PresentedCertificate};
#[cfg(any(feature = "datadog-api", feature = "heartbeat"))]
pub(crate) use self::failure::describe_failure;
pub(crate) use self::proxy::skipped_proxies;
use self::proxy::{Proxies, forwarding_proxy};
#[cfg(feature = "check-url")]
use self::read_deadline::ReadDeadline;
use self::redaction::Redaction;
use self::resolver::SharedResolver;
use self::tcp::SharedTcpConnector;
#[cfg(feature = "check-url")]
use self::tls::{Handshake, LastHandshake, TlsConnector};
use crate::net::Cancellation;
#[cfg(feature = "check-url")]
use crate::net::tls::Roots;
#[cfg(feature = "check-url")]
use crate::panics::contain_panics;

pub(crate) const OUR_USER_AGENT: &str = concat!("panopticon/", env!("CARGO_PKG_VERSION"));

/// How many bytes of a rest are read at most: 64 KiB.
#[cfg(feature = "check-url")]
const MAX_REST: u64 = 64 * 1024;

/// How long a client reads rests at most, so that this never delays a result much.
#[cfg(feature = "check-url")]
const TIME_FOR_RESTS: Duration = Duration::from_millis(100);

pub(crate) struct HttpClient {
    /// Kept for its configuration, and to be shut down. Requests that are sent with it directly are
    /// not redacted.
    pub(crate) agent: Agent,
    redaction: Redaction,
    proxies: Proxies,
    #[cfg(feature = "check-url")]
    cancellation: Cancellation,
    #[cfg(feature = "check-url")]
    last_handshake: LastHandshake,
    #[cfg(feature = "check-url")]
    read_deadline: ReadDeadline,
    /// How long the rests of responses may still take, all together.
    #[cfg(feature = "check-url")]
    time_for_rests: Duration,
}

/// Ends the requests of a client when it is dropped.
#[cfg(feature = "check-url")]
pub(crate) struct EndOnDrop {
    agent: Option<Agent>,
    cancellation: Cancellation,
}

impl HttpClient {
    #[cfg(any(feature = "datadog-api", feature = "heartbeat"))]
    pub(crate) fn new(config: Config) -> Self {
        Self::with_connector(config, RustlsConnector::default())
    }

    /// Creates a client that trusts these certificates, and presents its own if it has one.
    #[cfg(feature = "check-url")]
    pub(crate) fn with_tls(
        config: Config,
        roots: Roots,
        presented: Option<PresentedCertificate>,
    ) -> Self {
        let last_handshake = LastHandshake::default();
        let read_deadline = ReadDeadline::default();
        let tls = TlsConnector { roots, presented, last_handshake: last_handshake.clone() };
        let connector = tls.chain(read_deadline.clone());
        Self { last_handshake, read_deadline, ..Self::with_connector(config, connector) }
    }

    fn with_connector(config: Config, tls: impl Connector<Box<dyn Transport>>) -> Self {
        let (redaction, cancellation) = (Redaction::default(), Cancellation::default());
        // As in `DefaultConnector`, except for the connections, the TLS and the last one.
        let connector =
            ().chain(SocksConnector::default())
                .chain(ConnectProxyConnector::default())
                .chain(SharedTcpConnector(cancellation.clone()))
                .chain(tls)
                .chain(redaction.clone());
        let resolver = SharedResolver::new(cancellation.clone());
        Self {
            agent: Agent::with_parts(config, connector, resolver),
            redaction,
            proxies: Proxies::of_environment(),
            #[cfg(feature = "check-url")]
            cancellation,
            #[cfg(feature = "check-url")]
            last_handshake: LastHandshake::default(),
            #[cfg(feature = "check-url")]
            read_deadline: ReadDeadline::default(),
            #[cfg(feature = "check-url")]
            time_for_rests: TIME_FOR_RESTS,
        }
    }

    /// Returns what ends requests, even those that look up a name or connect.
    #[cfg(feature = "check-url")]
    pub(crate) fn end_on_drop(&self) -> EndOnDrop {
        EndOnDrop { agent: Some(self.agent.clone()), cancellation: self.cancellation.clone() }
    }

    /// Takes what the server of the last request has presented, if its scheme is `https` and the
    /// handshake succeeded.
    #[cfg(feature = "check-url")]
    pub(crate) fn take_handshake(&mut self) -> Option<Handshake> {
        self.last_handshake.take()
    }

    /// Reads the rest of a response, if it is small and arrives soon. To a server whose response is not
    /// read to its end, the connection breaks.
    #[cfg(feature = "check-url")]
    pub(crate) fn read_rest(&mut self, response: Response<Body>) {
        let mut body = response.into_body();
        if body.content_length().is_some_and(|length| length > MAX_REST) {
            return;
        }
        let start = Instant::now();
        self.read_deadline.set(Some(start + self.time_for_rests));
        // An error means that the connection has broken, or that time has run out. Neither it nor a
        // panic of ureq, which makes many assertions, says anything about the response.
        let _ = contain_panics(|| io::copy(&mut body.as_reader().take(MAX_REST), &mut io::sink()));
        self.read_deadline.set(None);
        self.time_for_rests = self.time_for_rests.saturating_sub(start.elapsed());
    }

    /// Sends one request, and reads the head of its response. `Host`, `User-Agent` and `Accept` are
    /// added unless given; the body is sent with POST, PUT and PATCH only. Goes through the proxy of
    /// the environment for the URI's scheme, if there is one and the host is not exempt: an HTTP proxy
    /// forwards the request if the scheme is `http`, and otherwise opens a tunnel.
    ///
    /// The request's path, query, headers and body are in no log. The response is logged at `trace`.
    // `&mut`, since the redaction handles one request at a time.
    pub(crate) fn send(
        &mut self,
        request: Request<&[u8]>,
        timeout: Duration,
    ) -> Result<Response<Body>, Error> {
        #[cfg(feature = "check-url")]
        drop(self.last_handshake.take());
        let (parts, body) = request.into_parts();
        let mut headers = HeaderMap::from_iter([
            (HOST, host(&parts.uri)?),
            (USER_AGENT, HeaderValue::from_static(OUR_USER_AGENT)),
            (ACCEPT, HeaderValue::from_static("*/*")),
        ]);
        // Replaces those of the same name.
        headers.extend(parts.headers);
        let takes_body = matches!(parts.method, Method::POST | Method::PUT | Method::PATCH);
        if takes_body {
            // RFC 9110, section 8.6, even if there is nothing in it.
            headers.insert(CONTENT_LENGTH, body.len().into());
        }
        let proxy = self.proxies.for_uri(&parts.uri).cloned();
        let forwarding = match &proxy {
            Some(proxy) if parts.uri.scheme_str() == Some("http") => forwarding_proxy(proxy)?,
            _ => None,
        };
        let is_forwarded = forwarding.is_some();
        let tunnel = proxy.filter(|_| !is_forwarded);
        let forwarding_uri = forwarding.map(|forwarding| {
            // A proxy's cache would answer for a server that is down.
            headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
            if let Some(authorization) = forwarding.authorization {
                headers.insert(PROXY_AUTHORIZATION, authorization);
            }
            forwarding.uri
        });
        let body = if takes_body { body } else { &[] };
        let redacted =
            self.redaction.redact(&parts.method, parts.uri, forwarding_uri, &headers, body)?;
        let request = self
            .agent
            .configure_request(redacted)
            .timeout_global(Some(timeout))
            .proxy(tunnel)
            .build();
        let response =
            if takes_body { self.agent.run(request) } else { self.agent.run(request.map(drop)) };
        #[cfg(feature = "check-url")]
        if is_forwarded {
            // It was the proxy's.
            drop(self.last_handshake.take());
        }
        let response = response?;
        if is_forwarded && response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            // It is the proxy's, as when it refuses to open a tunnel.
            return Err(Error::ConnectProxyFailed("proxy server responded 407/407".to_owned()));
        }
        Ok(response)
    }
}

#[cfg(feature = "check-url")]
impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.cancellation.cancel();
        if let Some(agent) = self.agent.take() {
            agent.shutdown();
        }
    }
}

/// Returns the `Host` header of a URI: without the port if it is the scheme's own.
fn host(uri: &Uri) -> Result<HeaderValue, Error> {
    let authority = uri.authority().ok_or(Error::HostNotFound)?;
    if authority.as_str().contains('@') {
        // ureq would log them.
        return Err(io::Error::other("its URL must not have credentials").into());
    }
    let host = match (uri.scheme_str(), uri.port_u16()) {
        (_, None) | (Some("http"), Some(80)) | (Some("https"), Some(443)) => authority.host(),
        _ => authority.as_str(),
    };
    Ok(HeaderValue::from_str(host).map_err(http::Error::from)?)
}
