use std::cell::Cell;

use panopticon::{Health, healthcheck};

#[healthcheck]
async fn database(_pool: &Cell<u8>) -> Health {
    Health::healthy("available")
}

fn main() {}
