use panopticon::track_time;

#[track_time("orders.import", units = "s")]
fn import() {}

fn main() {}
