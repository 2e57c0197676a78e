use panopticon::{Health, healthcheck};

#[healthcheck(cache)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
