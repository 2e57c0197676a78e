use panopticon::{Health, healthcheck};

#[healthcheck(name = "orders"s)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
