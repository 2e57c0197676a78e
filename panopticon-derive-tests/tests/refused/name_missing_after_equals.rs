use panopticon::{Health, healthcheck};

#[healthcheck(name =)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
