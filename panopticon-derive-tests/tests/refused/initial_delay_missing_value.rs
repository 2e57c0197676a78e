use panopticon::{Health, healthcheck};

#[healthcheck(initial_delay, interval = "30s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
