use std::fmt;

use panopticon::{CheckOptions, Panopticon};

struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}

fn main() {
    let _ = Panopticon::empty().check("database", CheckOptions::new(), || async {
        Err::<(), _>(Broken)
    });
}
