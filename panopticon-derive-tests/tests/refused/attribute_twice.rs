use panopticon::{Health, healthcheck};

#[healthcheck]
#[healthcheck]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
