use panopticon::{Health, healthcheck};

#[healthcheck(retries = 3)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
