use panopticon::{Health, healthcheck};

#[healthcheck(if_provided, liveness)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
