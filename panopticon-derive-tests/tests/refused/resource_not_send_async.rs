use std::rc::Rc;

use panopticon::{Health, healthcheck};

#[healthcheck]
async fn database(_pool: &Rc<u8>) -> Health {
    Health::healthy("available")
}

fn main() {}
