use panopticon::{Health, healthcheck};

#[healthcheck]
fn database(_pool: &_) -> Health {
    Health::healthy("available")
}

fn main() {}
