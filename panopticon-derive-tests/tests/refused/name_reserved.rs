use panopticon::{Health, healthcheck};

#[healthcheck(name = "metrics")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
