//! What is wrong in a body is shown where it is, as if the attribute were not there.

use panopticon::track_time;

#[track_time]
fn import() -> u8 {
    "seven"
}

fn main() {}
