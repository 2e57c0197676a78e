use panopticon::healthcheck;

#[healthcheck]
fn database() {}

#[healthcheck(depends_on = [, database])]
fn unbilled_orders() {}

fn main() {}
