use panopticon::track_time;

#[track_time]
static ORDERS: u8 = 7;

fn main() {}
