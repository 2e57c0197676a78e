use panopticon::{Health, healthcheck};

#[healthcheck(timeout = "1s", timeout = "2s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
