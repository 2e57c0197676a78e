use panopticon::{Health, healthcheck};

#[healthcheck(timeout = "2s"; critical = false)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
