use panopticon::{Health, healthcheck};

#[healthcheck(critical = !true)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
