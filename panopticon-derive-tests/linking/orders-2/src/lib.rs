//! Shares names with other crates: of its package, a check, a collection and another package.

use panopticon::healthcheck;

#[healthcheck]
fn orders() {}

mod payments {
    panopticon::collection!(name = "payments");

    #[panopticon::healthcheck]
    fn bank_2() {}
}

mod bills {
    panopticon::collection!(name = "shop-billing");

    #[panopticon::healthcheck]
    fn bills_2() {}
}
