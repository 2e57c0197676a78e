use panopticon::{Health, healthcheck};

#[healthcheck(critical = "false")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
