use panopticon::track_time;

#[track_time]
#[panopticon::track_time]
fn import() {}

fn main() {}
