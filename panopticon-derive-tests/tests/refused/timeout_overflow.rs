use panopticon::{Health, healthcheck};

#[healthcheck(timeout = "99999999999999999999ms")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
