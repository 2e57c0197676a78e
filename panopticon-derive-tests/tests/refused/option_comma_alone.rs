use panopticon::{Health, healthcheck};

#[healthcheck(,)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
