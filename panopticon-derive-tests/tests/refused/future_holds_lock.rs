use std::sync::Mutex;

use panopticon::{Health, healthcheck};

#[healthcheck]
async fn database(rows: &Mutex<u8>) -> Health {
    let rows = rows.lock().unwrap();
    std::future::ready(()).await;
    Health::healthy("available").with("rows", *rows)
}

fn main() {}
