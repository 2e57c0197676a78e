use panopticon::track_time;

#[track_time(tags = [("kind", "")])]
fn import() {}

fn main() {}
