//! A crate that re-exports all items of another listed crate is listed with `#[link_only]`.

use panopticon::Panopticon;

panopticon::discover!(
    warehouse,
    #[link_only]
    depot,
);

fn main() {
    let report = Panopticon::builder().build().unwrap().report_blocking();
    let names: Vec<_> = report.components().map(|(name, _)| name).collect();
    assert_eq!(names, ["database", "forklifts"]);
}
