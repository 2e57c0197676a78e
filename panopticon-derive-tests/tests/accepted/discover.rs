//! Listed crates are linked, even if no other code refers to them; with `#[link_only]`, even if
//! their macros share a name; with `cfg`, only if it is true. Otherwise, their names are not taken.

use panopticon::Panopticon;

panopticon::discover!(
    harbour,
    invoicing,
    #[link_only]
    shipping,
    #[cfg(any())]
    there_is_no_such_crate,
    #[cfg(any())]
    warehouse,
    #[cfg(any())]
    beacon,
);

#[panopticon::healthcheck]
fn lamp() {}

// The listed crate and its macro can still be used by their names.
macro_rules! harbour {
    () => {
        round!(149)
    };
}

fn main() {
    assert_eq!(harbour!(), 1);
    assert_eq!(shipping::round!(499), 0);
    let report = Panopticon::builder().build().unwrap().report_blocking();
    let names: Vec<_> = report.components().map(|(name, _)| name).collect();
    assert_eq!(names, ["carriers", "cranes", "database", "lamp"]);
}
