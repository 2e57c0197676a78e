use panopticon::{Health, healthcheck};

#[healthcheck(name = "order book")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
