use panopticon::{Health, healthcheck};

#[healthcheck]
fn database<const SIZE: usize>() -> Health {
    Health::healthy("available")
}

fn main() {}
