use panopticon::{Health, healthcheck};

#[healthcheck(interval)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
