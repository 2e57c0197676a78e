use panopticon::{Health, healthcheck};

#[healthcheck(readiness = true)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
