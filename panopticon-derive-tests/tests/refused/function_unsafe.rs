use panopticon::{Health, healthcheck};

#[healthcheck]
unsafe fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
