use panopticon::{Health, healthcheck};

#[healthcheck]
fn database(_: ...) -> Health {
    Health::healthy("available")
}

fn main() {}
