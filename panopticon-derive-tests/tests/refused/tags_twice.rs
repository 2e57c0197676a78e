use panopticon::{Health, healthcheck};

#[healthcheck(tags = ["queue", "queue"])]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
