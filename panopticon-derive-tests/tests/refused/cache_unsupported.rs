use panopticon::{Health, healthcheck};

#[healthcheck(cache = "1s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
