//! Is reached from `graph` in a way that its name says, or not linked.

#[panopticon::healthcheck]
fn build_only() {}
