use panopticon::track_time;

#[track_time("größe")]
fn import() {}

fn main() {}
