use panopticon::{Health, healthcheck};

#[healthcheck(tags = ["queue"s])]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
