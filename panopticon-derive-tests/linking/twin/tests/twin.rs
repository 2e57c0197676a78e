//! An integration test that is named like the library.

panopticon::collection!(name = "test");

panopticon::discover!(twin);

#[panopticon::healthcheck]
fn in_test() {}

#[cfg(feature = "clash")]
#[panopticon::healthcheck(name = "in_inner_library")]
fn clash() {}

#[test]
fn its_checks_are_not_the_librarys() {
    let report = panopticon::Panopticon::builder().build().unwrap().report_blocking();
    let found: Vec<_> = report
        .components()
        .map(|(name, component)| (name, component.collection().unwrap()))
        .collect();
    assert_eq!(
        found,
        [("in_inner_library", "library.inner"), ("in_library", "library"), ("in_test", "test")]
    );
}
