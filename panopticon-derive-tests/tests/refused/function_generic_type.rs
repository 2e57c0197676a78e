use panopticon::{Health, healthcheck};

#[healthcheck]
fn database<T: Default>() -> Health {
    Health::healthy("available")
}

fn main() {}
