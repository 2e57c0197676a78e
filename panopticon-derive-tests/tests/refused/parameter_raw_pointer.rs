use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck]
fn database(_pool: *const Pool) -> Health {
    Health::healthy("available")
}

fn main() {}
