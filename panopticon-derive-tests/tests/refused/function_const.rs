use panopticon::{Health, healthcheck};

#[healthcheck]
const fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
