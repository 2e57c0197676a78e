use panopticon::{Health, healthcheck};

#[healthcheck(critical = false)]
/// Is the database there?
#[panopticon::healthcheck(name = "orders")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
