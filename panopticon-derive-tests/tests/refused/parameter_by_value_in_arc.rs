use std::sync::Arc;

use panopticon::{Health, healthcheck};

struct Pool;

#[healthcheck]
fn database(_pool: Arc<Pool>) -> Health {
    Health::healthy("available")
}

fn main() {}
