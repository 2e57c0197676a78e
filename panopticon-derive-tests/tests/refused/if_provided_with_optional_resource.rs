use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck(if_provided)]
fn database(_pool: Option<&Pool>) -> Health {
    Health::healthy("available")
}

fn main() {}
