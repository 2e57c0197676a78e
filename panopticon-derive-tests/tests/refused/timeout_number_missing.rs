use panopticon::{Health, healthcheck};

#[healthcheck(timeout = "ms")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
