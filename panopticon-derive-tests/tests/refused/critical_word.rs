use panopticon::{Health, healthcheck};

#[healthcheck(critical = no)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
