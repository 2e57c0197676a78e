use panopticon::{Health, healthcheck};

#[healthcheck(interval = "30s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
