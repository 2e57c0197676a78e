use panopticon::{Health, healthcheck};

#[healthcheck(failure_threshold = 0)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
