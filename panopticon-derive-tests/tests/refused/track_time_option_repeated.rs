use panopticon::track_time;

#[track_time(unit = "s", unit = "ms")]
fn import() {}

fn main() {}
