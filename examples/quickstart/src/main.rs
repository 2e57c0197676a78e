//! A web service with three health checks: an async one, a blocking one, and one with details.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, io, process};

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use panopticon::{Health, Panopticon, healthcheck};
use tokio::net::{TcpListener, TcpStream};

/// Checks that this service accepts connections at its own address. Async.
#[healthcheck]
async fn listener(address: &SocketAddr) -> io::Result<Health> {
    TcpStream::connect(*address).await?;
    Ok(Health::healthy("connections are accepted."))
}

/// Checks that temporary files can be written. Blocking, so it runs on a thread of its own.
#[healthcheck]
fn temporary_files() -> io::Result<Health> {
    let file = env::temp_dir().join(format!("quickstart-{}", process::id()));
    fs::write(&file, "can this be written?")?;
    fs::remove_file(&file)?;
    Ok(Health::healthy("temporary files can be written."))
}

/// Reports the number of visits as a detail. Optional: if it fails, the service is only degraded.
#[healthcheck(critical = false, timeout = "500ms", tags = ["statistics"])]
fn visits(visits: &Visits) -> Health {
    Health::healthy("").with("visits", visits.0.load(Ordering::Relaxed))
}

/// The number of requests for the front page.
#[derive(Default)]
struct Visits(AtomicU64);

async fn front_page(State(visits): State<Arc<Visits>>) -> String {
    let before = visits.0.fetch_add(1, Ordering::Relaxed);
    format!("You are visitor number {}.\n", before + 1)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bind = env::var("BIND").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(&bind)
        .await
        .map_err(|error| format!("cannot listen on {bind}, the value of BIND: {error}"))?;
    let address = listener.local_addr()?;
    let visits = Arc::new(Visits::default());

    let health = Panopticon::builder().provide(address).provide_arc(Arc::clone(&visits)).build()?;
    let app = Router::new().route("/", get(front_page)).with_state(visits).merge(health.router());

    println!("open http://{address}{}/?pretty", health.path());
    axum::serve(listener, app).await?;
    Ok(())
}
