use panopticon::{Health, healthcheck};

#[healthcheck(interval = "30s", retry_interval = 5)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
