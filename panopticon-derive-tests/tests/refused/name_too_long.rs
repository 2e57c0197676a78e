use panopticon::{Health, healthcheck};

#[healthcheck(name = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
