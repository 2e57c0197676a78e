use panopticon::{Health, healthcheck};

#[healthcheck(liveness = true)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
