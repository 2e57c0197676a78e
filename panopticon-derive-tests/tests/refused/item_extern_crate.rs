use panopticon::healthcheck;

#[healthcheck]
extern crate std as database;

fn main() {}
