use panopticon::{Health, healthcheck};

#[healthcheck(interval = "30s", retry_interval = "0s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
