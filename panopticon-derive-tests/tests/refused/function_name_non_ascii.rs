use panopticon::{Health, healthcheck};

#[healthcheck]
fn büchlein() -> Health {
    Health::healthy("available")
}

fn main() {}
