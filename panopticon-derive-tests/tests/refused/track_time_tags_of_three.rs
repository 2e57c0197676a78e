use panopticon::track_time;

#[track_time(tags = [("kind", "book", "novel")])]
fn import() {}

fn main() {}
