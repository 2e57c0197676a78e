use panopticon::{Health, healthcheck};

#[healthcheck(timeouts = "2s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
