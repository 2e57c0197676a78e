use panopticon::{Health, healthcheck};

#[healthcheck(liveness, readiness)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
