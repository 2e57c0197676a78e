use panopticon::{Health, healthcheck};

#[healthcheck(failure_threshold = "3")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
