//! tonic 0.14: gRPC and the report on one port.

mod orders;

use std::time::Duration;

use panopticon::{Health, Panopticon, healthcheck};
use tokio::net::TcpListener;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

#[healthcheck]
async fn search() -> Health {
    Health::healthy("answers")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let health = Panopticon::builder().build()?;
    let routes = Routes::new(orders::OrdersServer).into_axum_router().merge(health.router());

    let bind = std::env::var("BIND").unwrap_or_else(|_| "0.0.0.0:8080".to_owned());
    let listener = TcpListener::bind(bind).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let drained = health.drain_on_signal(Duration::from_secs(15))?;
    Server::builder()
        .accept_http1(true) // for the kubelet and most load balancers
        .add_routes(Routes::from(routes))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener), drained)
        .await?;
    health.shutdown().await;
    Ok(())
}
