use panopticon::{Health, healthcheck};

#[healthcheck]
fn database(_pool: impl Copy) -> Health {
    Health::healthy("available")
}

fn main() {}
