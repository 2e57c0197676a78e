use panopticon::{Health, healthcheck};

#[healthcheck(timeout = "2 s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
