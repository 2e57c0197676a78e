use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck]
fn database(#[cfg_attr(all(), allow(unused))] _pool: &Pool) -> Health {
    Health::healthy("available")
}

fn main() {}
