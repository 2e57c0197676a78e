use panopticon::track_time;

#[track_time(unit)]
fn import() {}

fn main() {}
