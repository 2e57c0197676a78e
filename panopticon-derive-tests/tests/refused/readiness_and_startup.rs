use panopticon::{Health, healthcheck};

#[healthcheck(readiness, startup)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
