use panopticon::{Health, healthcheck};

#[healthcheck(initial_delay = "5s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
