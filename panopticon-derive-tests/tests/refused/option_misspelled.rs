use panopticon::healthcheck;

#[healthcheck(timout = "2s")]
fn database() {}

fn main() {}
