use panopticon::{Health, healthcheck};

#[healthcheck(tags = [1])]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
