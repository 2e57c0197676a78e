use panopticon::track_time;

#[track_time(tags = [("kind", "book") ("team", "payments")])]
fn import() {}

fn main() {}
