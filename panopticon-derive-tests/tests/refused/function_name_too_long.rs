use panopticon::{Health, healthcheck};

#[healthcheck]
fn xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx() -> Health {
    Health::healthy("available")
}

fn main() {}
