use panopticon::track_time;

#[track_time("orders.import" unit = "s")]
fn import() {}

fn main() {}
