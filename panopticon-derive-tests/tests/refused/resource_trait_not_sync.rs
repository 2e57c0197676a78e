use panopticon::{Health, healthcheck};

trait Store {}

#[healthcheck]
fn database(_store: &dyn Store) -> Health {
    Health::healthy("available")
}

fn main() {}
