//! The macros allow no lint that the crate forbids, which would be an error.
#![forbid(dead_code, non_upper_case_globals, unused, unused_extern_crates, unused_imports)]

panopticon::collection!(name = "lights");

panopticon::discover!(
    harbour,
    invoicing,
    #[link_only]
    shipping,
);

#[panopticon::healthcheck]
fn lamp() {}

fn main() {
    let report = panopticon::Panopticon::builder().build().unwrap().report_blocking();
    assert!(report.component("lamp").is_some());
}
