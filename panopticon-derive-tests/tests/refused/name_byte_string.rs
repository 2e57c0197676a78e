use panopticon::{Health, healthcheck};

#[healthcheck(name = b"orders")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
