//! Another service that speaks gRPC, by the standard health service `grpc.health.v1`: [`search`].
//!
//! What other services are for decides whether they are critical. Here, pages are shown without search
//! results, so it is not; a critical check of another service takes this one out of rotation when that
//! one fails, and so on along the chain.

use std::time::Duration;

use panopticon::checks::ping;
use panopticon::{Health, healthcheck};
use tonic::transport::{Channel, Endpoint, Error};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// Creates a channel, which connects when it is first used, and again when the connection is lost.
///
/// # Errors
///
/// If the URL is invalid.
pub fn connect(url: &str) -> Result<Channel, Error> {
    Ok(Endpoint::from_shared(url.to_owned())?
        .connect_timeout(Duration::from_secs(1))
        .connect_lazy())
}

/// Checks that the service says that it serves.
#[healthcheck(critical = false)]
pub async fn search(channel: &Channel) -> Health {
    ping(serves(channel)).await
}

async fn serves(channel: &Channel) -> Result<(), Health> {
    // An empty name means the whole server; `shop.Search` would mean one of its services.
    let request = HealthCheckRequest { service: String::new() };
    let response = HealthClient::new(channel.clone()).check(request).await?;
    match response.into_inner().status() {
        ServingStatus::Serving => Ok(()),
        other => Err(Health::unhealthy(format!("the service is {}", other.as_str_name()))),
    }
}
