//! axum 0.7: a server that runs `tower` services with version 1 of the `http` crate.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use panopticon::{Health, Panopticon, healthcheck};
use tokio::net::TcpListener;

#[healthcheck]
async fn search() -> Health {
    Health::healthy("answers")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let health = Panopticon::builder().build()?;
    let app = Router::new()
        .route("/", get(|| async { "hello" }))
        .nest_service(health.path(), health.http_service().nested());

    let bind = std::env::var("BIND").unwrap_or_else(|_| "0.0.0.0:8080".to_owned());
    let listener = TcpListener::bind(bind).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let drained = health.drain_on_signal(Duration::from_secs(15))?;
    axum::serve(listener, app).with_graceful_shutdown(drained).await?;
    health.shutdown().await;
    Ok(())
}
