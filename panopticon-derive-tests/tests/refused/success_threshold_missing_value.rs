use panopticon::{Health, healthcheck};

#[healthcheck(success_threshold)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
