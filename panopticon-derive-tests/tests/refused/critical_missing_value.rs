use panopticon::{Health, healthcheck};

#[healthcheck(critical)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
