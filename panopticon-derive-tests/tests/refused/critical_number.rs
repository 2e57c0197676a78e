use panopticon::{Health, healthcheck};

#[healthcheck(critical = 0)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
