use panopticon::{Health, healthcheck};

#[healthcheck(crate)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
