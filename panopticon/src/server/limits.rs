//! The bounds of the management server, which protect the service and its probes from clients.

use std::time::Duration;

use crate::check::duration;

/// How many connections may be open. Probes, scrapers, load balancers and people together need a
/// few dozen at most. A process may often open only 1024 files, most of which the service itself
/// needs.
pub(super) const CONNECTIONS: usize = 128;

/// How many connections are accepted before the open ones are polled. Far fewer than may be open,
/// and enough that a probe does not wait long for others that connect at the same time.
pub(super) const ACCEPTED_AT_ONCE: usize = 32;

/// How many connections may wait to be accepted; the operating system may allow fewer. If the queue
/// is full, the client tries again only after a second, which is the kubelet's entire timeout.
/// tokio has the same default for `TcpListener::bind`.
pub(super) const BACKLOG: u32 = 1024;

/// How long a new connection may take to send its first request. Probes send it at once, and even a
/// lost packet is retransmitted within a few seconds.
pub(super) const FIRST_REQUEST: Duration = Duration::from_secs(10);

/// How long a connection may take to receive an answer and to send the next request. Scrapers and
/// load balancers send one every 5 to 30 seconds, and reconnect if they are slower.
pub(super) const NEXT_REQUEST: Duration = Duration::from_secs(30);

/// How long an answer may take. No probe waits that long: the kubelet's default is a second,
/// Consul's and Prometheus' are ten.
pub(super) const ANSWER: Duration = Duration::from_secs(60);

/// The size of a request's line and headers together, in bytes. nginx and Apache accept 8 KiB for
/// each of these lines by default, which is enough for a token.
pub(super) const HEAD: usize = 16 << 10;

/// How long an answer of gRPC may go on. Pings notice a client that is gone.
pub(super) const STREAM: Duration = duration::MAX;

/// How long answers in flight may take once the server stops, or once a connection has been idle for
/// too long and its client is told that it is closed.
pub(super) const STOP: Duration = Duration::from_secs(5);

/// How many file descriptors are in reserve, for connections while the process has no others left.
#[cfg(unix)]
pub(super) const RESERVE: usize = 4;

/// How long accepting pauses if the system refuses a connection and none can be closed instead.
pub(super) const REFUSED: Duration = Duration::from_millis(250);

/// How long a connection must have been idle to be closed because the system refuses others.
/// Together with [`REFUSED`], less than the second for which the kubelet waits.
pub(super) const IDLE: Duration = Duration::from_millis(500);

/// Those of a connection with HTTP/2, whose client sends many requests at once.
#[cfg(feature = "grpc")]
pub(super) mod http2 {
    use std::time::Duration;

    /// The size of a request's headers, in bytes, as of HTTP/1.
    pub(crate) const HEADERS: u32 = 16 << 10;

    /// How many requests may be open. A client of gRPC watches one name on each connection, and a
    /// probe asks for one.
    pub(crate) const STREAMS: u32 = 32;

    /// How many requests a client may reset before they are answered. The connection is closed if
    /// there are more (CVE-2023-44487, "rapid reset").
    pub(crate) const RESETS: usize = 32;

    /// How many bytes of a request's body are accepted before they are read. The protocol's default.
    pub(crate) const STREAM_WINDOW: u32 = 65_535;

    /// How many bytes of all bodies are accepted before they are read. The protocol's default.
    pub(crate) const CONNECTION_WINDOW: u32 = 65_535;

    /// How many bytes of an answer wait to be written.
    pub(crate) const SEND_BUFFER: usize = 64 << 10;

    /// How long a connection may be silent before the server sends a ping.
    pub(crate) const PING: Duration = Duration::from_secs(20);

    /// How long the client may take to answer a ping.
    pub(crate) const PONG: Duration = Duration::from_secs(10);
}
