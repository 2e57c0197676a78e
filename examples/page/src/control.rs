//! The routes that change the service's health. A real service has none of them.

use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::post;
use panopticon::{Override, Panopticon, Status};
use serde::Deserialize;

use crate::simulation::{Outcome, Simulation};

#[derive(Clone)]
struct Controlled {
    simulation: Simulation,
    health: Panopticon,
}

/// The status, reason and end of an override.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideSettings {
    status: Status,
    reason: String,
    minutes: u64,
}

type Answer = (StatusCode, String);

pub(crate) fn router(simulation: Simulation, health: Panopticon) -> Router {
    Router::new()
        .route("/set/{name}", post(set).delete(unset))
        .route("/override/{name}", post(set_override).delete(clear_override))
        .route("/drain", post(drain).delete(undrain))
        .route("/reset", post(reset))
        .with_state(Controlled { simulation, health })
}

async fn set(
    State(controlled): State<Controlled>,
    Path(name): Path<String>,
    Query(outcome): Query<Outcome>,
) -> Answer {
    change(&controlled, &name, Some(outcome))
}

async fn unset(State(controlled): State<Controlled>, Path(name): Path<String>) -> Answer {
    change(&controlled, &name, None)
}

fn change(controlled: &Controlled, name: &str, outcome: Option<Outcome>) -> Answer {
    if controlled.simulation.set(name, outcome) {
        done()
    } else {
        (StatusCode::NOT_FOUND, format!("no component is named {name:?}\n"))
    }
}

async fn set_override(
    State(controlled): State<Controlled>,
    Path(name): Path<String>,
    Query(OverrideSettings { status, reason, minutes }): Query<OverrideSettings>,
) -> Answer {
    let duration = Duration::from_secs(minutes.saturating_mul(60));
    let set = Override::new(status, reason).lasting(duration);
    match controlled.health.set_override(&name, set) {
        Ok(()) => done(),
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")),
    }
}

async fn clear_override(State(controlled): State<Controlled>, Path(name): Path<String>) -> Answer {
    match controlled.health.clear_override(&name) {
        Ok(_) => done(),
        Err(error) => (StatusCode::NOT_FOUND, format!("{error}\n")),
    }
}

async fn drain(State(controlled): State<Controlled>) -> Answer {
    controlled.health.drain();
    done()
}

async fn undrain(State(controlled): State<Controlled>) -> Answer {
    controlled.health.undrain();
    done()
}

/// Ends draining and all that was set, except overrides.
async fn reset(State(controlled): State<Controlled>) -> Answer {
    controlled.simulation.reset();
    controlled.health.undrain();
    done()
}

fn done() -> Answer {
    (StatusCode::OK, "done\n".to_owned())
}
