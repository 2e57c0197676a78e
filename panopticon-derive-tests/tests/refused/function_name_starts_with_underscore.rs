use panopticon::{Health, healthcheck};

#[healthcheck]
fn _database() -> Health {
    Health::healthy("available")
}

fn main() {}
