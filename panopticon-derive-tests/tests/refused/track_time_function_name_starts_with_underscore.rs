use panopticon::track_time;

#[track_time]
fn _import() {}

fn main() {}
