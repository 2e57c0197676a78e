use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck]
fn database(_pool: &mut Pool) -> Health {
    Health::healthy("available")
}

fn main() {}
