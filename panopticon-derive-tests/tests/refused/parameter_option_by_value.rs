use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck]
fn database(_pool: Option<Pool>) -> Health {
    Health::healthy("available")
}

fn main() {}
