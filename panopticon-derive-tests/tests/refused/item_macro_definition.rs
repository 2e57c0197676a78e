use panopticon::healthcheck;

#[healthcheck]
#[allow(unused_macros)]
macro_rules! database {
    () => {};
}

fn main() {}
