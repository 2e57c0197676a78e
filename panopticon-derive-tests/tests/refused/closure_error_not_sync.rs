use std::cell::Cell;
use std::error::Error;
use std::fmt;

use panopticon::{CheckOptions, Panopticon};

#[derive(Debug)]
struct Broken(Cell<u8>);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken {}", self.0.get())
    }
}

impl Error for Broken {}

fn main() {
    let _ = Panopticon::empty().check_blocking("database", CheckOptions::new(), || {
        Err::<(), _>(Broken(Cell::new(1)))
    });
}
