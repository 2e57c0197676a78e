//! A small shop: it takes orders over HTTP, stores them in a database, and bills them in the
//! background.
//!
//! Its health checks are in the crates `orders` and `billing`. Nothing registers them; `discover!`
//! links both crates and does not compile if two checks have the same name.
//!
//! After SIGTERM or Ctrl-C, it is not ready, but still serves requests for a while before it exits.

mod api;
mod healthchecks;

use std::env::{self, VarError};
use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use panopticon::datadog::{HealthPublisher, Stats};
use panopticon::{Panopticon, ServiceInfo};
use tokio::net::TcpListener;

panopticon::discover!(orders, billing);

/// How long the shop may take to exit once its grace period is over.
const LIMIT: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shop: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Keeps statistics installed for longer than the runtime lives, so that those of its last task are
/// sent too.
fn run() -> Result<(), Box<dyn Error>> {
    let flushed_at_the_end = Stats::builder().prefix("shop").install()?;
    serve(flushed_at_the_end.stats())
}

#[tokio::main]
async fn serve(stats: &Stats) -> Result<(), Box<dyn Error>> {
    let database = setting("DATABASE_URL", "sqlite://shop.db?mode=rwc")?;
    let bind = setting("BIND", "127.0.0.1:8081")?;
    let grace = seconds("GRACE", "5")?;
    let payment_provider = optional_setting("PAYMENT_PROVIDER_URL")?;

    // The URL may contain a password, so the message does not show it.
    let pool = orders::connect(&database).await.map_err(|error| {
        format!(
            "cannot open the database that DATABASE_URL names, such as sqlite://shop.db?mode=rwc \
             or postgres://user:password@localhost/shop: {error}"
        )
    })?;
    let (queue, worker) = billing::queue(pool.clone());
    tokio::spawn(worker);

    let mut health = Panopticon::builder()
        .service(ServiceInfo::new("shop").version(env!("CARGO_PKG_VERSION")))
        .provide(pool.clone())
        .provide(queue.clone())
        .publish(HealthPublisher::new(stats));
    if let Some(url) = payment_provider {
        health = healthchecks::payment_provider(health, url);
    }
    if stats.is_enabled() {
        health = healthchecks::statistics(health, stats.clone());
    }
    let health = health.build()?;
    let app = api::router(pool, queue).merge(health.router());

    let listener = TcpListener::bind(&bind).await.map_err(|error| {
        format!("cannot listen on {bind:?}; BIND takes an address such as 127.0.0.1:8081: {error}")
    })?;
    let address = listener.local_addr()?;
    // Before the line below is printed, after which the service may be stopped.
    let drained = health.drain_on_signal(grace)?;
    health.exit_after_drain(grace.saturating_add(LIMIT))?;
    // Not `println!`, which panics if standard output is closed.
    let _ = writeln!(io::stdout(), "the shop is open: http://{address}{}/", health.path());
    axum::serve(listener, app).with_graceful_shutdown(drained).await?;
    health.shutdown().await;
    Ok(())
}

fn setting(variable: &str, default: &str) -> Result<String, String> {
    Ok(optional_setting(variable)?.unwrap_or_else(|| default.to_owned()))
}

/// Returns an environment variable, if it is set. One that cannot be read is an error.
fn optional_setting(variable: &str) -> Result<Option<String>, String> {
    match env::var(variable) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{variable} must be UTF-8 text")),
    }
}

fn seconds(variable: &str, default: &str) -> Result<Duration, String> {
    let value = setting(variable, default)?;
    value.parse().map(Duration::from_secs).map_err(|_| {
        format!("{variable} must be a whole number of seconds, such as {default}, not {value:?}")
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_crate_with_health_checks_is_linked() {
        panopticon::testing::assert_all_linked!();
    }
}
