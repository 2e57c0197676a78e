use panopticon::{Health, healthcheck};

#[healthcheck(startup, liveness)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
