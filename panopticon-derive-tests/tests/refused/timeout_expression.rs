use panopticon::{Health, healthcheck};

#[healthcheck(timeout = Duration::from_secs(2))]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
