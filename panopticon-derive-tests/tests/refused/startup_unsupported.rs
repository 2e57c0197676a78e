use panopticon::{Health, healthcheck};

#[healthcheck(startup)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
