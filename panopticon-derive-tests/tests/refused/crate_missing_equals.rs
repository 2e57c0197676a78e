use panopticon::{Health, healthcheck};

#[healthcheck(crate panopticon)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
