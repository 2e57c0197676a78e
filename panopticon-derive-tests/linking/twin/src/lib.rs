//! The library of a package whose binary has the same name, and so the same module paths.

panopticon::collection!(name = "library");

mod inner {
    panopticon::collection!(name = "library.inner");

    #[panopticon::healthcheck]
    fn in_inner_library() {}
}

#[panopticon::healthcheck]
fn in_library() {}
