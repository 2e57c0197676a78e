use panopticon::{Health, healthcheck};

#[healthcheck(timeout = "1.5s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
