use panopticon::{Health, healthcheck};

#[healthcheck(name = orders)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
