use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck]
fn database(_pool: &'static Pool) -> Health {
    Health::healthy("available")
}

fn main() {}
