use panopticon::{Health, healthcheck};

#[healthcheck]
extern "C" fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
