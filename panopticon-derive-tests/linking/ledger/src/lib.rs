//! `shop-billing` refers to it, so it is linked if that is.

pub fn balance() {}

#[panopticon::healthcheck]
fn ledger() {}
