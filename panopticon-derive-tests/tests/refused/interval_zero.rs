use panopticon::{Health, healthcheck};

#[healthcheck(interval = "0s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
