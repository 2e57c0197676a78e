use panopticon::track_time;

#[track_time(tags = [("kind", "book"),,])]
fn import() {}

fn main() {}
