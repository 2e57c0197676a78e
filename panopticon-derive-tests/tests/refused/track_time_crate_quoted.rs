use panopticon::track_time;

#[track_time(crate = "panopticon")]
fn import() {}

fn main() {}
