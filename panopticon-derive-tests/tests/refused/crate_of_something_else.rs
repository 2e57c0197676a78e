use panopticon::{Health, healthcheck};

#[healthcheck(crate = std)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
