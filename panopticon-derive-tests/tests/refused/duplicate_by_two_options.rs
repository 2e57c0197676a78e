use panopticon::healthcheck;

#[healthcheck(name = "orders.read-replica_2")]
fn primary() {}

#[healthcheck(name = "orders.read-replica_2")]
fn secondary() {}

fn main() {}
