//! The health service of gRPC, <https://grpc.io/docs/guides/health-checking/>: whether the service,
//! or a part of it, may get requests.
//!
//! A request names a part ([`names`]), whose question is answered once, for all parts, or for as
//! long as the client watches it ([`protocol`], [`status_stream`]). [`health_v1`] is generated.

#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::pedantic,
    reason = "generated: not all of it is used, and it is not written for lints"
)]
mod health_v1;
mod names;
mod protocol;
mod service;
mod status_stream;

#[cfg(all(test, feature = "server", not(minimal_versions)))]
pub(crate) use self::health_v1::{HealthCheckRequest, health_client::HealthClient};
pub use self::service::GrpcHealthService;
