use panopticon::{Health, healthcheck};

#[healthcheck(initial_delay = 5)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
