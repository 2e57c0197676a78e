use panopticon::{Health, healthcheck};

#[healthcheck(tags = ["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"])]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
