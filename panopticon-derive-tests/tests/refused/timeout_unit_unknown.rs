use panopticon::{Health, healthcheck};

#[healthcheck(timeout = "2d")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
