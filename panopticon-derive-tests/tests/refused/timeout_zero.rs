use panopticon::{Health, healthcheck};

#[healthcheck(timeout = "0s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
