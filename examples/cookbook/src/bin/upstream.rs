//! The other service of the tests: a health service over gRPC at `GRPC`, and a report at `REPORT`.
//! The file `status` in its folder says how it is: `healthy`, `degraded` or `unhealthy`.

use std::net::SocketAddr;
use std::time::Duration;

use panopticon::{CheckOptions, Health, Panopticon};
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, health_reporter};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let health = Panopticon::empty()
        .cache(Duration::ZERO)
        .check_blocking("shelves", CheckOptions::new(), || match &*status() {
            "healthy" => Health::healthy("full"),
            "degraded" => Health::degraded("nearly empty"),
            _ => Health::unhealthy("empty"),
        })
        .build()?;
    health.serve(&std::env::var("REPORT")?)?;

    let (reporter, service) = health_reporter();
    tokio::spawn(follow(reporter));
    let address: SocketAddr = std::env::var("GRPC")?.parse()?;
    Server::builder().add_service(service).serve(address).await?;
    Ok(())
}

/// Reports the status over gRPC. Unlike the report, the health service is told.
async fn follow(reporter: HealthReporter) {
    loop {
        let serving = match &*status() {
            "unhealthy" => ServingStatus::NotServing,
            _ => ServingStatus::Serving,
        };
        reporter.set_service_status("", serving).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn status() -> String {
    std::fs::read_to_string("status").unwrap_or_default()
}
