//! Is in the manifest of `shop-billing`, but its code does not refer to it.

#[panopticon::healthcheck]
fn archive() {}
