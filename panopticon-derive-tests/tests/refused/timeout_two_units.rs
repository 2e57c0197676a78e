use panopticon::{Health, healthcheck};

#[healthcheck(timeout = "1m30s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
