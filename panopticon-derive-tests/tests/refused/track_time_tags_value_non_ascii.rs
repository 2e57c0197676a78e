use panopticon::track_time;

#[track_time(tags = [("kind", "bücher")])]
fn import() {}

fn main() {}
