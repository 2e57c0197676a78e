use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck]
fn database(_pool: core::option::Option<&mut Pool>) -> Health {
    Health::healthy("available")
}

fn main() {}
