//! Starts and stops a management server.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::{fmt, io, process, thread};

use http::Request;
use hyper::body::Incoming;
use tokio::sync::{Notify, oneshot, watch};
#[cfg(feature = "grpc")]
use tonic::server::NamedService;
use tower_service::Service;

use super::accept::serve_until;
use super::connection::{AnswerFuture, Answers};
use super::listen_address::ListenAddress;
use super::listener::{Listener, LocalAddress};
use crate::engine::{SurfaceRuntime, server_runtime};
use crate::first_of::first_of;
#[cfg(feature = "grpc")]
use crate::grpc::GrpcHealthService;
use crate::panopticon::{Panopticon, WeakHandle};
use crate::report::Disclosure;

/// A server for the health report, on its own thread; from [`Panopticon::serve`].
///
/// It runs until [`stop`](Self::stop), or until both this value and the last [`Panopticon`] have
/// been dropped. It never keeps the process from exiting.
pub struct ManagementServer {
    /// Keeps the service alive.
    _health: Panopticon,
    local_address: LocalAddress,
    stop: Arc<Notify>,
    /// Closed when the thread has ended.
    ended: oneshot::Receiver<Infallible>,
    /// The process that the thread belongs to.
    process: u32,
}

impl Panopticon {
    /// Serves the health report at an address, on its own thread and runtime: for services without
    /// HTTP, and for answers while the service's own runtime is stuck.
    ///
    /// The server gives the same answers as the [service](crate::HealthService), at the same paths,
    /// over HTTP/1, on TCP or on a Unix socket. With the feature `grpc`, it also answers gRPC health
    /// checks there, for which it accepts HTTP/2 without TLS. It is listening when this returns. For
    /// port 0, the operating system chooses a free port, which
    /// [`local_addr`](ManagementServer::local_addr) returns.
    ///
    /// ```
    /// use panopticon::{CheckOptions, Panopticon};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let health = Panopticon::empty().check("disk", CheckOptions::new(), || async {}).build()?;
    /// let server = health.serve("127.0.0.1:0")?; // in a service, a fixed port, such as 9000
    /// println!("the health report is at {server}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// | address | reachable |
    /// | --- | --- |
    /// | `127.0.0.1:9000`, `[::1]:9000` or `localhost:9000` | only from the same host or pod |
    /// | `0.0.0.0:9000` or `[::]:9000` | from everywhere, as the kubelet and Prometheus need |
    /// | `unix:/run/orders.sock` | by programs that may write to this file |
    ///
    /// At an address that only the same host can reach, readers see [everything](Disclosure::Full),
    /// unless [`disclosure`](crate::Builder::disclosure) or
    /// [`disclose_by`](crate::Builder::disclose_by) says otherwise. Set one of them if a proxy on that
    /// host forwards requests of others.
    ///
    /// Since the server does not need the service's runtime, its liveness probe passes even while
    /// that runtime is stuck. To make it fail, call
    /// [`watch_runtime`](crate::Builder::watch_runtime) on the builder. A liveness probe of the
    /// service's own listener needs no such check.
    ///
    /// # Lifetime
    ///
    /// The server runs until [`stop`](ManagementServer::stop), or until both the last handle and
    /// the returned value are dropped. It keeps answering while the service [drains](Self::drain),
    /// and after
    /// [`shutdown`](Self::shutdown). It never keeps the process from exiting. A process that forks
    /// must call this after forking, like [`build`](crate::Builder::build).
    ///
    /// # Limits
    ///
    /// No client can keep others from getting an answer, and memory and threads are bounded:
    ///
    /// | | |
    /// | --- | --- |
    /// | connections | 128; if there are more, the one that has been idle the longest is closed |
    /// | a request's line and headers | 16 KiB and 100 headers, otherwise 431; within 10 seconds of the connection |
    /// | a request's body | not read; with the feature `grpc`, that of a health check of gRPC, at most 4 KiB |
    /// | an answer | 60 seconds, then 503 |
    /// | between two requests | 30 seconds, then the connection is closed |
    /// | with the feature `grpc`: requests at a time on a connection with HTTP/2 | 32 |
    ///
    /// The server keeps four file descriptors in reserve, for when the process has no others left.
    ///
    /// # Unix sockets
    ///
    /// A socket file that a process left behind is replaced if the process no longer runs. The file
    /// is removed when the server stops, but not if the process exits without stopping it. Clients
    /// need permission to write to the file, which depends on the process's umask: usually, only
    /// the same user may connect. Put it into a folder that others cannot reach, or set its
    /// permissions after this returns.
    ///
    /// # Errors
    ///
    /// If the address is malformed, cannot be resolved or bound, or is in use, the error names it.
    /// If a thread or runtime cannot be started, this fails too. A name is resolved on the server's
    /// thread, and this waits for it.
    pub fn serve(&self, address: impl Into<ListenAddress>) -> io::Result<ManagementServer> {
        start(self, address.into())
    }
}

impl ManagementServer {
    /// Returns the address and port that the server listens on; `None` for a Unix socket.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.local_address {
            LocalAddress::Tcp(address) => Some(*address),
            LocalAddress::Unix(_) => None,
        }
    }

    /// Returns the path of the Unix socket that the server listens on; `None` on TCP.
    #[must_use]
    pub fn socket_path(&self) -> Option<&Path> {
        match &self.local_address {
            LocalAddress::Tcp(_) => None,
            LocalAddress::Unix(path) => Some(path),
        }
    }

    /// Stops the server: closes its listener and all idle connections, and waits for answers in
    /// flight, for 5 seconds at most. Works on any executor.
    ///
    /// There is no need to call this before the process exits, except to remove the file of a Unix
    /// socket.
    pub async fn stop(self) {
        self.stop.notify_one();
        // A fork does not have the thread.
        if self.process == process::id() {
            let _ = self.ended.await;
        }
    }
}

/// `{}` writes the address, `127.0.0.1:9000` or `unix:/run/orders.sock`.
impl fmt::Display for ManagementServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.local_address.fmt(f)
    }
}

impl fmt::Debug for ManagementServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagementServer")
            .field("address", &format_args!("{self}"))
            .finish_non_exhaustive()
    }
}

/// Starts the thread and waits until it listens.
fn start(health: &Panopticon, address: ListenAddress) -> io::Result<ManagementServer> {
    let stop = Arc::new(Notify::new());
    let (ends, ended) = oneshot::channel();
    let (bound, binding) = mpsc::sync_channel(1);
    let thread = ServerThread {
        health: health.weak(),
        runtime: health.surface_runtime().map_err(io::Error::other)?,
        stop: Arc::clone(&stop),
    };
    let all_dropped = health.all_dropped();
    thread::Builder::new().name("panopticon-server".to_owned()).spawn(move || {
        let _ends: oneshot::Sender<Infallible> = ends;
        thread.run(&address, &bound, all_dropped);
    })?;
    // The thread always sends, unless it panics.
    let local_address = binding
        .recv()
        .unwrap_or_else(|_| Err(io::Error::other("the server's thread has panicked")))?;
    #[cfg(feature = "tracing")]
    tracing::info!(
        target: crate::log_target::LOG_TARGET,
        address = %local_address,
        "the management server listens"
    );
    Ok(ManagementServer {
        _health: health.clone(),
        local_address,
        stop,
        ended,
        process: process::id(),
    })
}

/// What the thread of a server needs.
struct ServerThread {
    health: WeakHandle,
    runtime: SurfaceRuntime,
    stop: Arc<Notify>,
}

impl ServerThread {
    /// Binds the listener, sends where it listens, and serves until the server is stopped or the
    /// last handle dropped.
    fn run(
        self,
        address: &ListenAddress,
        bound: &mpsc::SyncSender<io::Result<LocalAddress>>,
        all_dropped: impl Future<Output = ()>,
    ) {
        // The receiver is waiting for this.
        let send = |result| drop(bound.send(result));
        let runtime = match server_runtime() {
            Ok(runtime) => runtime,
            Err(error) => return send(Err(address.error(&error))),
        };
        runtime.block_on(async {
            let listener = Listener::bind(address).await;
            let listener = listener.and_then(|listener| {
                let local_address = listener.local_address()?;
                Ok((listener, local_address))
            });
            match listener {
                Ok((listener, local_address)) => {
                    let default_disclosure = default_disclosure(&local_address);
                    send(Ok(local_address));
                    let Self { health, runtime, stop } = self;
                    let answers = HealthAnswers { health, runtime, default_disclosure };
                    let stopped = first_of(stop.notified(), all_dropped);
                    serve_until(stopped, listener, Arc::new(answers)).await;
                }
                Err(error) => send(Err(error)),
            }
        });
    }
}

/// Answers with the service's health, without keeping the service alive between requests.
struct HealthAnswers {
    health: WeakHandle,
    runtime: SurfaceRuntime,
    default_disclosure: Disclosure,
}

/// Returns what readers see by default: everything at a loopback address or a Unix socket, which
/// only readers on the same host can reach.
fn default_disclosure(address: &LocalAddress) -> Disclosure {
    match address {
        LocalAddress::Tcp(address) if !address.ip().to_canonical().is_loopback() => {
            Disclosure::Authored
        }
        LocalAddress::Tcp(_) | LocalAddress::Unix(_) => Disclosure::Full,
    }
}

impl Answers for HealthAnswers {
    #[cfg_attr(not(feature = "grpc"), allow(unused_variables, reason = "only gRPC has streams"))]
    fn answer(&self, request: Request<Incoming>, stopping: watch::Receiver<bool>) -> AnswerFuture {
        let (health, runtime) = (self.health.clone(), self.runtime.clone());
        let default_disclosure = self.default_disclosure;
        Box::pin(async move {
            // Declared first, so dropped last.
            let held = health.upgrade()?;
            let health = held.handle()?;
            #[cfg(feature = "grpc")]
            if is_grpc_health(&request) {
                let answer = GrpcHealthService::of_server(&health, stopping).call(request);
                let Ok(response) = runtime.run(answer).await;
                return Some(response.map(Into::into));
            }
            let mut service = health.http_service().disclosing_by_default(default_disclosure);
            let Ok(response) = runtime.run(service.call(request)).await;
            Some(response.map(Into::into))
        })
    }
}

/// Returns whether this is a call of the health service. gRPC needs HTTP/2.
#[cfg(feature = "grpc")]
fn is_grpc_health(request: &Request<Incoming>) -> bool {
    let service = request.uri().path().strip_prefix('/').and_then(|path| path.split_once('/'));
    request.version() == http::Version::HTTP_2
        && service.is_some_and(|(service, _)| service == GrpcHealthService::NAME)
}
