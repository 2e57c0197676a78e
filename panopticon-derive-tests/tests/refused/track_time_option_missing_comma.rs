use panopticon::track_time;

#[track_time(unit = "s" tags = [])]
fn import() {}

fn main() {}
