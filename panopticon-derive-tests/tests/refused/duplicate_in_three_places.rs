use panopticon::healthcheck;

#[healthcheck]
fn database() {}

#[healthcheck(name = "database")]
fn primary() {}

#[healthcheck(name = "database")]
fn secondary() {}

fn main() {}
