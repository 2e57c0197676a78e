use panopticon::{Health, healthcheck};

#[healthcheck(startup = true)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
