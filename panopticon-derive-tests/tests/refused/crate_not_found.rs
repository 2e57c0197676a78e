use panopticon::{Health, healthcheck};

#[healthcheck(crate = nowhere)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
