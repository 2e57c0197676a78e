//! A body cannot end its time early, nor take the timer along.

use panopticon::track_time;

#[track_time]
fn import() {
    drop(__panopticon_timer);
}

fn main() {}
