use panopticon::track_time;

#[track_time(crate = metrics)]
fn import() {}

fn main() {}
