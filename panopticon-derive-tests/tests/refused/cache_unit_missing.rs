use panopticon::{Health, healthcheck};

#[healthcheck(cache = "1")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
