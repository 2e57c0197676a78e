//! Listed crates are linked, though no other code names them; with `#[link_only]`, though they
//! share the name of a macro; with `cfg`, when it holds.

use panopticon::Panopticon;

panopticon::discover!(
    harbour,
    invoicing,
    #[link_only]
    shipping,
    #[cfg(any())]
    there_is_no_such_crate,
);

// The crate that is listed, and its macro, are still there by their names.
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
    assert_eq!(names, ["carriers", "cranes", "database"]);
}
