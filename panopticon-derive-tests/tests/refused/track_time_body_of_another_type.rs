//! An error in the body is shown in the body, as if the attribute were not there.

use panopticon::track_time;

#[track_time]
fn import() -> u8 {
    "seven"
}

fn main() {}
