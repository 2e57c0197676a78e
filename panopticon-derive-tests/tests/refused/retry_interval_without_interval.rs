use panopticon::{Health, healthcheck};

#[healthcheck(retry_interval = "5s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
