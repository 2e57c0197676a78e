use panopticon::{Health, healthcheck};

#[healthcheck(tags = ["two words"])]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
