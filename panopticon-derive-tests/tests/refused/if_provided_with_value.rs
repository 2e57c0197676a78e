use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck(if_provided = true)]
fn database(_pool: &Pool) -> Health {
    Health::healthy("available")
}

fn main() {}
