use panopticon::{Health, healthcheck};

#[healthcheck(name = "liveness")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
