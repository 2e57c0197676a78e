//! A dependency of `graph` of the kind that its name says.

#[panopticon::healthcheck]
fn by_default() {}
