//! tonic 0.14: gRPC, its health checks and the report on one port.

mod orders;

use std::time::Duration;

use panopticon::{Health, Panopticon, Selection, healthcheck};
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
    let health =
        Panopticon::builder().grpc_name("shop.Orders", Selection::all().name("search")).build()?;
    let services = Routes::new(orders::OrdersServer).add_service(health.grpc_service());
    let routes = services.into_axum_router().merge(health.router());

    let bind = std::env::var("BIND").unwrap_or_else(|_| "0.0.0.0:8080".to_owned());
    let listener = TcpListener::bind(bind).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let drained = health.drain_on_signal(Duration::from_secs(15))?;
    Server::builder()
        .accept_http1(true) // for `httpGet` probes and most load balancers
        .add_routes(Routes::from(routes))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener), async {
            drained.await;
            health.shutdown().await; // ends the streams of clients that watch the health
        })
        .await?;
    Ok(())
}
