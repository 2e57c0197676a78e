use panopticon::track_time;

#[track_time(tags = [("kind", "book"), ("kind", "novel")])]
fn import() {}

fn main() {}
