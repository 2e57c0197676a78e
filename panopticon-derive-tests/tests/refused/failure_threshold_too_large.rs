use panopticon::{Health, healthcheck};

#[healthcheck(failure_threshold = 4294967296)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
