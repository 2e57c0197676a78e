use panopticon::{CheckOptions, Panopticon};

struct Broken;

fn main() {
    let _ = Panopticon::empty().check_blocking("database", CheckOptions::new(), || Err::<(), _>(Broken));
}
