use panopticon::{Health, healthcheck};

#[healthcheck]
extern fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
