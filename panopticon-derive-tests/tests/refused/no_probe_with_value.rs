use panopticon::{Health, healthcheck};

#[healthcheck(no_probe = true)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
