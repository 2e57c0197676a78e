//! Names that would be the same identifier, if every mark were an underscore, are different names of
//! checks and collections.

use panopticon::{Panopticon, healthcheck};

const NAMES: [&str; 12] = [
    "A_b", "a-_b", "a-b", "a.-b", "a._b", "a.b", "a_-b", "a_.b", "a__b", "a_b", "a_dash_b", "a_dot_b",
];

macro_rules! checks {
    ($($function:ident = $name:literal),* $(,)?) => {
        $(
            mod $function {
                panopticon::collection!(name = $name);

                #[panopticon::healthcheck(name = $name)]
                fn check() {}
            }
        )*
    };
}

checks! {
    one = "a.b",
    two = "a-b",
    three = "A_b",
    four = "a__b",
    five = "a._b",
    six = "a_.b",
    seven = "a.-b",
    eight = "a-_b",
    nine = "a_-b",
}

#[healthcheck]
fn a_b() {}

#[healthcheck]
fn a_dot_b() {}

#[healthcheck]
fn a_dash_b() {}

fn main() {
    let report = Panopticon::builder().build().unwrap().report_blocking();
    let names: Vec<_> = report.components().map(|(name, _)| name).collect();
    assert_eq!(names, NAMES);
}
