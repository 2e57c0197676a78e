use panopticon::{Health, healthcheck};

#[healthcheck(name = concat!("or", "ders"))]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
