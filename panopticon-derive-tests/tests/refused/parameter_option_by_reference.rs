use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck]
fn database(_pool: &std::option::Option<Pool>) -> Health {
    Health::healthy("available")
}

fn main() {}
