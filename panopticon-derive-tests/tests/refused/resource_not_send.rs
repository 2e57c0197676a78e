use std::rc::Rc;

use panopticon::{Health, healthcheck};

#[healthcheck]
fn database(_pool: &Rc<u8>) -> Health {
    Health::healthy("available")
}

fn main() {}
