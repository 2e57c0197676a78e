use panopticon::{Health, healthcheck};

#[healthcheck(retry_interval = "60s", interval = "1m")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
