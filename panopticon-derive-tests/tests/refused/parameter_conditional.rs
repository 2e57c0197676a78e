use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck]
fn database(#[cfg(all())] _pool: &Pool) -> Health {
    Health::healthy("available")
}

fn main() {}
