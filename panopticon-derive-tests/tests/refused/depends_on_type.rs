use panopticon::healthcheck;

struct Database;

mod healthchecks {}

#[healthcheck(depends_on = [healthchecks])]
fn unbilled_orders() {}

fn main() {}
