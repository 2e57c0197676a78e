use panopticon::{Health, healthcheck};

#[healthcheck(failure_threshold)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
