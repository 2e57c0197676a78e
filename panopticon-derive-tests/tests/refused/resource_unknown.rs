use panopticon::{Health, healthcheck};

#[healthcheck]
fn database(_pool: &Pool) -> Health {
    Health::healthy("available")
}

fn main() {}
