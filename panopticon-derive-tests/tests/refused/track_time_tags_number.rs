use panopticon::track_time;

#[track_time(tags = [("shelf", 7)])]
fn import() {}

fn main() {}
