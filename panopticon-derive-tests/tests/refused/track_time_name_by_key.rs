use panopticon::track_time;

#[track_time(name = "orders.import")]
fn import() {}

fn main() {}
