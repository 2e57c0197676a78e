use panopticon::{Health, healthcheck};

#[healthcheck(liveness, startup, no_probe)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
