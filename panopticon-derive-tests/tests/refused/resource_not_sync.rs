use std::cell::Cell;

use panopticon::{Health, healthcheck};

#[healthcheck]
fn database(_pool: &Cell<u8>) -> Health {
    Health::healthy("available")
}

fn main() {}
