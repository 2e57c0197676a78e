use panopticon::track_time;

#[track_time(orders.import)]
fn import() {}

fn main() {}
