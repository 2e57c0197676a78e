use panopticon::{Health, healthcheck};

#[healthcheck(critical = "no", critical = false)]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
