use panopticon::{Health, healthcheck};

#[healthcheck(readiness, startup, readiness)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
