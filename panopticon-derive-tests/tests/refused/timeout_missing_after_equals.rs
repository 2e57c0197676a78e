use panopticon::{Health, healthcheck};

#[healthcheck(timeout =)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
