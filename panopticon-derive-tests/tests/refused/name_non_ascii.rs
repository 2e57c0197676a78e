use panopticon::{Health, healthcheck};

#[healthcheck(name = "büchlein")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
