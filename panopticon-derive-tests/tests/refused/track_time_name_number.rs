use panopticon::track_time;

#[track_time(7)]
fn import() {}

fn main() {}
