use panopticon::{Health, healthcheck};

#[healthcheck(readiness)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
