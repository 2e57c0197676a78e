use panopticon::{Health, healthcheck};

#[healthcheck(timeout = "721h")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
