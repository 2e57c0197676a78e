use panopticon::track_time;

#[track_time]
struct Orders;

fn main() {}
