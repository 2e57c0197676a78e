use std::rc::Rc;

use panopticon::{Health, healthcheck};

#[healthcheck]
async fn database() -> Health {
    let rows = Rc::new(1);
    std::future::ready(()).await;
    Health::healthy("available").with("rows", *rows)
}

fn main() {}
