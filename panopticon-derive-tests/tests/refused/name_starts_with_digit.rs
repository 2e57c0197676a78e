use panopticon::{Health, healthcheck};

#[healthcheck(name = "2nd")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
