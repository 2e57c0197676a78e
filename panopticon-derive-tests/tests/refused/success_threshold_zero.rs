use panopticon::{Health, healthcheck};

#[healthcheck(success_threshold = 0)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
