use panopticon::{Health, healthcheck};

#[healthcheck(name = 5)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
