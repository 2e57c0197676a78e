use panopticon::healthcheck;

#[healthcheck]
fn database() {}

#[healthcheck(liveness, depends_on = [database])]
fn state() {}

fn main() {}
