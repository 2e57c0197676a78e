use panopticon::{Health, healthcheck};

#[healthcheck(tags = ["büchlein"])]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
