use panopticon::track_time;

#[track_time(tags = [("kind of", "book")])]
fn import() {}

fn main() {}
