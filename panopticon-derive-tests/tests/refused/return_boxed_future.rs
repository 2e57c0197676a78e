use std::pin::Pin;

use panopticon::{Health, healthcheck};

#[healthcheck]
fn database() -> Pin<Box<dyn Future<Output = Health> + Send>> {
    Box::pin(async { Health::healthy("available") })
}

fn main() {}
