use panopticon::{CheckOptions, Panopticon};

fn main() {
    let _ = Panopticon::empty().check_blocking("database", CheckOptions::new(), || "available");
}
