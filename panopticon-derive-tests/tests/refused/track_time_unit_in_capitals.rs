use panopticon::track_time;

#[track_time("orders.import", unit = "MS")]
fn import() {}

fn main() {}
