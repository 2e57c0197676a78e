use panopticon::{Health, healthcheck};

#[healthcheck(cache = "1s", interval = "30s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
