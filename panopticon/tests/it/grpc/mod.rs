//! The health service of gRPC, asked by a client that is generated from the same file.

mod answers;
mod list;
mod management_server;
mod names;
mod readers;
mod tonic_server;
mod watching;

use panopticon::{GrpcHealthService, Health, Panopticon};
use tonic::{Code, Status, Streaming};

use self::health_v1::health_check_response::ServingStatus;
use self::health_v1::health_client::HealthClient;
use self::health_v1::{HealthCheckRequest, HealthCheckResponse};

#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::pedantic,
    reason = "generated: not all of it is used, and it is not written for lints"
)]
#[path = "../../../src/grpc/health_v1.rs"]
mod health_v1;

/// A client that calls the service without a connection, so that time can be paused.
type InProcess = HealthClient<GrpcHealthService>;

fn client(health: &Panopticon) -> InProcess {
    HealthClient::new(health.grpc_service())
}

fn named(name: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: name.to_owned() }
}

fn serving(response: HealthCheckResponse) -> ServingStatus {
    response.status()
}

/// Returns whether a name is `SERVING`, and fails if it is anything but that and `NOT_SERVING`.
async fn serves(health: &Panopticon, name: &str) -> bool {
    match serving(client(health).check(named(name)).await.unwrap().into_inner()) {
        ServingStatus::Serving => true,
        ServingStatus::NotServing => false,
        other => panic!("{name:?} is {other:?}"),
    }
}

async fn error_of(health: &Panopticon, name: &str) -> Status {
    client(health).check(named(name)).await.unwrap_err()
}

async fn watch(health: &Panopticon, name: &str) -> Streaming<HealthCheckResponse> {
    client(health).watch(named(name)).await.unwrap().into_inner()
}

/// Returns the next status of a stream, or `None` at its end.
async fn next(stream: &mut Streaming<HealthCheckResponse>) -> Option<ServingStatus> {
    stream.message().await.unwrap().map(serving)
}

fn unhealthy() -> Health {
    Health::unhealthy("no answer")
}

fn assert_code(error: &Status, code: Code) {
    assert_eq!(error.code(), code, "{error:?}");
}
