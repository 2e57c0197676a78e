use panopticon::{Health, healthcheck};

#[healthcheck(failure_threshold = -1)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
