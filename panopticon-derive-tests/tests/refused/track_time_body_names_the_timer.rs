//! A body cannot use the timer, neither to end it early nor to keep it.

use panopticon::track_time;

#[track_time]
fn import() {
    drop(__panopticon_timer);
}

fn main() {}
