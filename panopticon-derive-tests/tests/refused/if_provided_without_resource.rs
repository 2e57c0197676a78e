use panopticon::{Health, healthcheck};

#[healthcheck(if_provided)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
