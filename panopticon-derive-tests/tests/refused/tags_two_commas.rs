use panopticon::{Health, healthcheck};

#[healthcheck(tags = ["queue",, "orders"])]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
