use panopticon::healthcheck;

#[healthcheck]
fn database() {}

#[healthcheck(name = "database")]
fn primary() {}

fn main() {}
