use panopticon::{Health, healthcheck};

#[healthcheck("database")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
