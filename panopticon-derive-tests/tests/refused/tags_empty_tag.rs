use panopticon::{Health, healthcheck};

#[healthcheck(tags = [""])]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
