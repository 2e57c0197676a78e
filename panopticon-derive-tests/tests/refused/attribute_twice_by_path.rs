use panopticon::{Health, healthcheck};

#[healthcheck(critical = false)]
/// Checks the database.
#[panopticon::healthcheck(name = "orders")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
