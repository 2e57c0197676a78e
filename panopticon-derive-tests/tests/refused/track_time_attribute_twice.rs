use panopticon::track_time;

#[track_time("orders.import")]
#[track_time("orders.export")]
fn import() {}

fn main() {}
