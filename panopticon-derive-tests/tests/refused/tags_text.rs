use panopticon::{Health, healthcheck};

#[healthcheck(tags = "queue")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
