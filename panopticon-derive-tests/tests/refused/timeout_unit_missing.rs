use panopticon::{Health, healthcheck};

#[healthcheck(timeout = "2")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
