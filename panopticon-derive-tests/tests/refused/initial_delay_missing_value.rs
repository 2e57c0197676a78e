use panopticon::{Health, healthcheck};

#[healthcheck(initial_delay)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
