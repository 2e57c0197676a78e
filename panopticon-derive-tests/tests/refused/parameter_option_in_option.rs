use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck]
fn database(_pool: Option<Option<&Pool>>) -> Health {
    Health::healthy("available")
}

fn main() {}
