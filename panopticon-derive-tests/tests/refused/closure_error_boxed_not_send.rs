use std::error::Error;

use panopticon::{CheckOptions, Panopticon};

fn main() {
    let _ = Panopticon::empty().check_blocking("database", CheckOptions::new(), || {
        Err::<(), Box<dyn Error>>("no answer".into())
    });
}
