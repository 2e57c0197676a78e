use panopticon::track_time;

#[track_time(b"orders.import")]
fn import() {}

fn main() {}
