//! hyper 1 without a framework.

use std::pin::pin;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use panopticon::{Health, Panopticon, healthcheck};
use tokio::net::TcpListener;

#[healthcheck]
async fn search() -> Health {
    Health::healthy("answers")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let health = Panopticon::builder().build()?;
    let service = TowerToHyperService::new(health.http_service());

    let bind = std::env::var("BIND").unwrap_or_else(|_| "0.0.0.0:8080".to_owned());
    let listener = TcpListener::bind(bind).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let mut drained = pin!(health.drain_on_signal(Duration::from_secs(15))?);
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut drained => break,
        };
        let Ok((stream, _)) = accepted else {
            // Too many open files, perhaps.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone());
        tokio::spawn(connections.watch(connection));
    }
    connections.shutdown().await;
    health.shutdown().await;
    Ok(())
}
