use panopticon::{Health, healthcheck};

#[healthcheck(crate = 5)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
