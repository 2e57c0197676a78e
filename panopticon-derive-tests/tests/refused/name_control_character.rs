use panopticon::{Health, healthcheck};

#[healthcheck(name = "orders\nand more")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
