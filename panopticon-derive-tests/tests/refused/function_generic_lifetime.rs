use panopticon::{Health, healthcheck};

#[healthcheck]
fn database<'a>() -> Health {
    Health::healthy("available")
}

fn main() {}
