use panopticon::{Health, healthcheck};

#[healthcheck]
fn database(_pool: Option<impl Send>, _store: Option<&impl Sync>) -> Health {
    Health::healthy("available")
}

fn main() {}
