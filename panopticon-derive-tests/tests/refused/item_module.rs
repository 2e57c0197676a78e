use panopticon::healthcheck;

#[healthcheck]
mod database {}

fn main() {}
