use std::cell::Cell;

use panopticon::{Health, healthcheck};

#[healthcheck]
fn counter(_count: Option<&Cell<u32>>) -> Health {
    Health::healthy("counting")
}

fn main() {}
