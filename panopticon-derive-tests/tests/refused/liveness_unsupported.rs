use panopticon::{Health, healthcheck};

#[healthcheck(liveness)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
