use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck(if_provided, if_provided)]
fn database(_pool: &Pool) -> Health {
    Health::healthy("available")
}

fn main() {}
