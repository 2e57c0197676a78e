use panopticon::track_time;

#[track_time(unit = "s", "orders.import")]
fn import() {}

fn main() {}
