use panopticon::{Health, healthcheck};

#[healthcheck(crate = super::panopticon critical = false)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
