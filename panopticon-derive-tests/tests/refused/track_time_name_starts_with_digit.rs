use panopticon::track_time;

#[track_time("2orders.import")]
fn import() {}

fn main() {}
