//! That it is no constant any more is not said a second time.

use panopticon::track_time;

#[track_time]
const fn import() -> u8 {
    7
}

const IMPORTED: u8 = import();

fn main() {
    println!("{IMPORTED}");
}
