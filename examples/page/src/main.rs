//! A shop with 20 components, whose health can be set over HTTP to look at its page in a browser.
//!
//! Nothing behind the components is real: their checks return what they usually do, or what was set
//! with `POST /set/NAME`. The README of this package has examples. The tests of the page in `.ci/page`
//! use this service too.

mod components;
mod control;
mod simulation;

use std::env::{self, VarError};
use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use panopticon::{Panopticon, ServiceInfo};
use tokio::net::TcpListener;

use crate::components::components;
use crate::simulation::Simulation;

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "page-example: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let bind = variable("BIND")?.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let number = number_from("COMPONENTS")?.unwrap_or(20);
    let grace = Duration::from_millis(number_from("GRACE_MS")?.unwrap_or(5_000));
    let interval = number_from("INTERVAL_MS")?.map(Duration::from_millis);

    let simulation = Simulation::default();
    let mut health = Panopticon::empty()
        .service(ServiceInfo::new("shop").version("2").release_id(env!("CARGO_PKG_VERSION")));
    for (name, mut options, usual) in components(number) {
        if let Some(interval) = interval {
            options = options.interval(interval);
        }
        simulation.add(name.clone(), usual);
        let simulation = simulation.clone();
        health = health.check(name.clone(), options, move || simulation.clone().run(name.clone()));
    }
    let health = health.build()?;

    let listener = TcpListener::bind(&bind)
        .await
        .map_err(|error| format!("cannot listen on {bind:?}, the value of BIND: {error}"))?;
    let address = listener.local_addr()?;
    let drained = health.drain_on_signal(grace)?;
    // Not `println!`, which panics if standard output is closed.
    let _ = writeln!(io::stdout(), "open http://{address}{}/", health.path());
    let app = control::router(simulation, health.clone()).merge(health.router());
    axum::serve(listener, app).with_graceful_shutdown(drained).await?;
    health.shutdown().await;
    Ok(())
}

/// Returns an environment variable, if it is set. One that cannot be read is an error.
fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} must be UTF-8 text")),
    }
}

fn number_from<T: FromStr>(name: &str) -> Result<Option<T>, String> {
    let Some(value) = variable(name)? else { return Ok(None) };
    let number = value.parse();
    number.map(Some).map_err(|_| format!("{name} must be a whole number, not {value:?}"))
}
