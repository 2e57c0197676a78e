use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck]
fn database(_pools: (&Pool, &Pool)) -> Health {
    Health::healthy("available")
}

fn main() {}
