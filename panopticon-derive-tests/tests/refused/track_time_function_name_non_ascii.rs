use panopticon::track_time;

#[track_time]
fn größe() {}

fn main() {}
