//! A dynamic library of Rust, which contains panopticon.

#[panopticon::healthcheck]
fn shelf() {}
