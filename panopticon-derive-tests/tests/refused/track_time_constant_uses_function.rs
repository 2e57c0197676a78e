//! There is no second error saying that the function is not `const`.

use panopticon::track_time;

#[track_time]
const fn import() -> u8 {
    7
}

const IMPORTED: u8 = import();

fn main() {
    println!("{IMPORTED}");
}
