use panopticon::{Health, healthcheck};

#[healthcheck(r#timeout = "2s")]
fn database() -> Health {
    Health::healthy("available")
}

fn main() {}
