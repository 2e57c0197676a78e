use panopticon::track_time;

#[track_time]
const fn import() {}

fn main() {}
