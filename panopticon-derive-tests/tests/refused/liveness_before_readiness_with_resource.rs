use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck(liveness, readiness)]
fn database(_: &Pool) -> Health {
    Health::healthy("available")
}

fn main() {}
