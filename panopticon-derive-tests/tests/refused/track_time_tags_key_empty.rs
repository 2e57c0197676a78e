use panopticon::track_time;

#[track_time(tags = [("", "book")])]
fn import() {}

fn main() {}
