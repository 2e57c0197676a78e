//! A library named by a keyword.

mod inner {
    panopticon::collection!(name = "inner");

    #[panopticon::healthcheck]
    fn in_inner() {}
}

#[panopticon::healthcheck]
fn in_try() {}
