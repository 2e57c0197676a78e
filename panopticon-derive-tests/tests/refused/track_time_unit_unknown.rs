use panopticon::track_time;

#[track_time(unit = "min")]
fn import() {}

fn main() {}
