use panopticon::{Health, healthcheck};

#[healthcheck]
fn database(&self) -> Health {
    Health::healthy("available")
}

fn main() {}
