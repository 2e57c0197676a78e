use panopticon::{Health, healthcheck};

#[healthcheck]
fn database() -> Option<Health> {
    None
}

fn main() {}
