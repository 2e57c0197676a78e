//! Has names that others have: of its package, of a check, of a collection, of another's package.

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
