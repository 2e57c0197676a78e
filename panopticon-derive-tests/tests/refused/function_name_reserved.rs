use panopticon::{Health, healthcheck};

#[healthcheck]
fn startup() -> Health {
    Health::healthy("available")
}

fn main() {}
