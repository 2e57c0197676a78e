use panopticon::{Health, healthcheck};

#[healthcheck(no_probe, readiness)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
