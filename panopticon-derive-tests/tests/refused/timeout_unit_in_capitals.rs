use panopticon::{Health, healthcheck};

#[healthcheck(timeout = "2S")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
