use panopticon::track_time;

#[track_time("orders.import", "orders.export")]
fn import() {}

fn main() {}
