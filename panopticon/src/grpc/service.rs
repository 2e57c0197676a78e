//! The health service, for tonic's server and for others that run `tower` services.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
#[cfg(feature = "server")]
use tokio::sync::watch;
use tonic::body::Body as GrpcBody;
use tonic::codegen::StdError;
use tonic::server::NamedService;
use tower_service::Service;

use super::health_v1::health_server::{HealthServer, SERVICE_NAME};
use super::protocol::Protocol;
use crate::panopticon::Panopticon;

/// The largest request, in bytes. It has nothing but a name.
const MAX_REQUEST: usize = 4096;

/// The [health service of gRPC](https://grpc.io/docs/guides/health-checking/), `grpc.health.v1.Health`;
/// from [`Panopticon::grpc_service`].
///
/// | name | what it stands for |
/// | --- | --- |
/// | the empty one, and `readiness` | the readiness probe |
/// | `liveness`, `startup` | these [probes](crate::Probe) |
/// | a name of [`Builder::grpc_name`](crate::Builder::grpc_name) | the report on its selection |
/// | a component's name | that component, whether critical or optional |
/// | a collection's name | the report on its components; if a component has the same name, that |
///
/// | | |
/// | --- | --- |
/// | healthy or degraded | `SERVING` |
/// | unhealthy or unknown | `NOT_SERVING`; for liveness only [if it is evidence](Panopticon::probe) |
/// | while the service [drains](Panopticon::drain) | readiness, collections and [mapped names](crate::Builder::grpc_name) are `NOT_SERVING`; liveness, startup and single components are not affected |
///
/// The answers are those that [HTTP](crate::HealthService) gives for the same part of the report, from
/// the same cached results.
///
/// - `Check` answers one name. An unknown one is `NOT_FOUND`.
/// - `List` answers all names, or `RESOURCE_EXHAUSTED` if there are more than 100.
/// - `Watch` sends the status at once, and then each time it changes. For an unknown name it sends
///   `SERVICE_UNKNOWN`, and leaves the call open. While at least one client watches a name, its checks
///   are asked whenever their results become older than their `cache` time, but at most once a second;
///   however many clients there are, once for all. [`Panopticon::shutdown`] ends all streams.
///
/// A client sees names and statuses, but no messages and no details, so there is nothing that
/// [`disclosure`](crate::Builder::disclosure) or a [token](crate::Builder::token) would have to
/// withhold: both have no effect, and metadata is ignored.
#[derive(Debug, Clone)]
pub struct GrpcHealthService {
    server: HealthServer<Protocol>,
}

impl Panopticon {
    /// Returns the health service of gRPC, to be added to a tonic server.
    ///
    /// Shut the checks down before the server waits for open calls: this ends the streams of clients
    /// that watch the service's health, which are otherwise open for as long as these clients run.
    ///
    /// ```no_run
    /// # #[cfg(feature = "signal")]
    /// # mod documented {
    /// use std::time::Duration;
    ///
    /// use panopticon::{Panopticon, Selection};
    /// use tonic::transport::Server;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let health = Panopticon::builder()
    ///     .grpc_name("orders.v1.Orders", Selection::all().collection("orders"))
    ///     .build()?;
    ///
    /// let drained = health.drain_on_signal(Duration::from_secs(15))?;
    /// Server::builder()
    ///     .add_service(health.grpc_service()) // and your own services
    ///     .serve_with_shutdown("0.0.0.0:50051".parse()?, async {
    ///         drained.await;
    ///         health.shutdown().await;
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[must_use]
    pub fn grpc_service(&self) -> GrpcHealthService {
        GrpcHealthService::new(Protocol { health: self.clone(), stopping: None })
    }
}

impl GrpcHealthService {
    fn new(protocol: Protocol) -> Self {
        let server = HealthServer::new(protocol).max_decoding_message_size(MAX_REQUEST);
        Self { server }
    }

    /// Returns the service of a server of ours, whose streams also end when the server stops.
    #[cfg(feature = "server")]
    pub(crate) fn of_server(health: &Panopticon, stopping: watch::Receiver<bool>) -> Self {
        Self::new(Protocol { health: health.clone(), stopping: Some(stopping) })
    }
}

impl NamedService for GrpcHealthService {
    const NAME: &'static str = SERVICE_NAME;
}

impl<B> Service<Request<B>> for GrpcHealthService
where
    B: Body + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = Response<GrpcBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.server.call(request)
    }
}
