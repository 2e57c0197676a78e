use panopticon::healthcheck;

#[healthcheck]
fn database() {}

#[healthcheck]
fn database() {}

fn main() {}
