use panopticon::track_time;

#[track_time(unit = s)]
fn import() {}

fn main() {}
