//! Is named by `shop-billing`, so that it is where that one is.

pub fn balance() {}

#[panopticon::healthcheck]
fn ledger() {}
