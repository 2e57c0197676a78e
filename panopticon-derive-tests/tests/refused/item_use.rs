use panopticon::healthcheck;

#[healthcheck]
pub use std::time::Duration as Database;

fn main() {}
