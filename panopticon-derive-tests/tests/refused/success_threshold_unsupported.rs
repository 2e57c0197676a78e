use panopticon::{Health, healthcheck};

#[healthcheck(success_threshold = 1)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
